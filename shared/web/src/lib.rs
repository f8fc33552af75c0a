//! HTTP in: errors, the layer around every router, bodies, and who is calling.

mod amount;
mod auth;
mod body;
mod change;
mod error;
pub mod lambda;
mod layer;
mod limit_event;
mod limits;
mod value;

pub use amount::{Amount, LimitSubjectView};
pub use auth::{authenticate, bearer, identify, parse_key};
pub use body::{MAX_BODY_BYTES, read_body};
pub use error::{ApiError, FieldError, Problem};
pub use layer::{Deadline, finish};
pub use limit_event::LimitEventView;
pub use limits::limit_headers;
pub use value::parse_instant;
