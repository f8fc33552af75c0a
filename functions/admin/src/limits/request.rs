//! What is asked about limits, parsed once.

use axum::body::Body;
use domain::change::Edit;
use domain::ids::KeyId;
use domain::limits::{LimitChange, LimitFacts, LimitSubject, Metric, Mode, Period, SubjectKind};
use domain::money::PicoUsd;
use domain::names::{MAX_LABEL_CHARS, is_label};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use web::{Amount, ApiError, LimitSubjectView};

use crate::body::{Fields, decimal, json, text};
use crate::read::{self, Read};

const MAX_COUNT: i64 = 1_000_000_000_000_000;
/// What a bigint of pico-USD can hold, rounded down.
const MAX_USD: i64 = 3_000_000;
const PICO: i64 = 1_000_000_000_000;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewLimit {
    pub subject: LimitSubjectView,
    pub metric: Metric,
    /// `concurrency` is about what is in flight and takes `total` alone, which may be left out there.
    #[schema(required = false)]
    pub window: Period,
    /// USD as a decimal string or number, up to 3000000; anything else as a whole number. 0 refuses everything.
    pub amount: Amount,
    pub mode: Mode,
    /// Where its days and months begin: an IANA name, `UTC` where not given.
    #[schema(required = false, default = "UTC", example = "Europe/Berlin")]
    pub time_zone: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitChanges {
    #[schema(value_type = Amount, required = false)]
    pub amount: Option<Amount>,
    #[schema(value_type = Mode, required = false)]
    pub mode: Option<Mode>,
}

pub(super) async fn new_limit(body: Body) -> Result<LimitFacts, ApiError> {
    let mut fields = Fields::of(body).await?;
    let subject = fields.object("subject", "subject.", subject);
    let metric = fields.required("metric", |value| word(value, Metric::ALL, Metric::as_str));
    let period = window(&mut fields, metric);
    let amount = match metric {
        Some(metric) => fields.required("amount", |value| amount(value, metric)),
        // How to read it is not known.
        None => fields.required("amount", |_| Ok(0)),
    };
    let mode = fields.required("mode", |value| word(value, Mode::ALL, Mode::as_str));
    let time_zone = fields.optional("time_zone", |value| read::needle(&text(value)?));
    let facts = || {
        Some(LimitFacts {
            subject: subject?,
            metric: metric?,
            period: period?,
            amount: amount?,
            mode: mode?,
            time_zone: match time_zone {
                Edit::Set(name) => name,
                Edit::Keep => "UTC".to_owned(),
            },
        })
    };
    let facts = facts();
    fields.finish(facts)
}

pub(super) async fn limit_change(body: Body, metric: Metric) -> Result<LimitChange, ApiError> {
    let mut fields = Fields::of(body).await?;
    for name in ["subject", "metric", "window", "time_zone"] {
        fields.forbidden(name, "cannot be changed: make a new limit");
    }
    let change = LimitChange {
        amount: fields.optional("amount", |value| amount(value, metric)),
        mode: fields.optional("mode", |value| word(value, Mode::ALL, Mode::as_str)),
    };
    fields.finish(Some(change))
}

/// The id of a subject as the table has it: keys without what their ids begin with.
pub(super) fn stored_subject_id(text: &str) -> Read<String> {
    match text.parse::<KeyId>() {
        Ok(id) => Ok(LimitSubject::Key(id).stored_id()),
        Err(_) => read::needle(text),
    }
}

fn subject(fields: &mut Fields) -> Option<LimitSubject> {
    let kind = fields.required("kind", |value| word(value, SubjectKind::ALL, SubjectKind::as_str));
    match kind {
        Some(SubjectKind::Label) => fields.required("id", label).map(LimitSubject::Label),
        Some(SubjectKind::Key) => {
            fields.required("id", |value| read::id(&text(value)?, "key_…")).map(LimitSubject::Key)
        }
        Some(SubjectKind::Global) => {
            if fields.nullable("id", text).is_some() {
                fields.refuse("id", "must not be given where the kind is global");
            }
            Some(LimitSubject::Global)
        }
        None => {
            fields.nullable("id", |_| Ok(()));
            None
        }
    }
}

fn window(fields: &mut Fields, metric: Option<Metric>) -> Option<Period> {
    let read = |value: &RawValue| {
        let period = word(value, Period::ALL, Period::as_str)?;
        if metric == Some(Metric::Concurrency) && period != Period::Total {
            return Err("must be total where the metric is concurrency".to_owned());
        }
        Ok(period)
    };
    if metric == Some(Metric::Concurrency) {
        return match fields.optional("window", read) {
            Edit::Set(period) => Some(period),
            Edit::Keep => Some(Period::Total),
        };
    }
    fields.required("window", read)
}

fn amount(value: &RawValue, metric: Metric) -> Read<i64> {
    if metric == Metric::Usd {
        let usd: PicoUsd = decimal(value, "an amount of USD such as \"5.00\"")?;
        if (0..=MAX_USD * PICO).contains(&usd.as_pico()) {
            return Ok(usd.as_pico());
        }
        return Err(format!("must be from 0 to {MAX_USD} USD"));
    }
    let meaning = format!("a whole number from 0 to {MAX_COUNT}");
    let count: i64 = json(value, &meaning)?;
    if (0..=MAX_COUNT).contains(&count) { Ok(count) } else { Err(format!("must be {meaning}")) }
}

fn label(value: &RawValue) -> Read<String> {
    let label = text(value)?;
    if is_label(&label) {
        Ok(label)
    } else {
        Err(format!("must be 1 to {MAX_LABEL_CHARS} letters, digits, spaces or characters of ._@:/+-"))
    }
}

fn word<T: Copy>(value: &RawValue, all: &[T], as_str: impl Fn(T) -> &'static str) -> Read<T> {
    read::word(&text(value)?, all, as_str)
}
