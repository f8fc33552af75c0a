//! Limits: what they cap, and what a refusal means for the caller. Pure: the database decides.

mod details;
mod events;
mod pace;
mod refusal;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

pub use details::{
    Limit, LimitChange, LimitFacts, LimitFilter, LimitRefusal, LimitSubject, LimitUsage, LimitWindow,
};
pub use events::{Delivery, DeliveryStatus, EventFilter, EventKind, EventWithDeliveries, LimitEvent};
pub use pace::{HISTORY_DAYS, Pace, PaceDays, PaceWindow};
pub use refusal::{Applied, Outlook, Refusal};

/// What is counted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Metric {
    Requests,
    /// Input and output together.
    Tokens,
    /// Amounts are pico-USD inside.
    Usd,
    /// Calls in flight.
    Concurrency,
}

/// How long until counting restarts, in the calendar of the limit's time zone.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Period {
    Minute,
    Hour,
    Day,
    /// From Monday on.
    Week,
    Month,
    /// Never.
    Total,
}

/// Whether a limit refuses calls or only notifies.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Mode {
    Hard,
    Soft,
}

/// What a hard limit does with a call whose input or tools only the model bounds.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Unbounded {
    /// Reserves the most that the model can use.
    #[default]
    Reserve,
    /// Reserves a typical amount; the call may exceed it.
    Estimate,
    /// Refuses the call.
    Refuse,
}

/// Whose usage is counted. A limit on a label, key or tag is on one of them, or has a window for each.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    EnumString,
    IntoStaticStr,
    VariantArray,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum SubjectKind {
    Global,
    Label,
    Key,
    /// Calls with a tag of this name and value.
    Tag,
}
