//! Work that belongs to no call: migrations and the first admin key on deploy; each minute the sweep, the rollups, the
//! partitions and the limit events; each hour the provider's own usage and costs.

mod admin_key;
mod background;
mod config;
mod delivery;
mod error;
mod event;
mod handle;
mod provider_usage;
mod report;
mod tick;

pub use self::admin_key::{AdminKeyConfig, AdminKeyError};
pub use self::config::Config;
pub use self::delivery::WebhookError;
pub use self::error::{MaintainError, StartError};
pub use self::event::{Event, EventError};
pub use self::handle::Maintain;
pub use self::provider_usage::ProviderUsageRun;
pub use self::report::Report;
