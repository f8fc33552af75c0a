//! HTTP in: who is calling, the one parser of queries and bodies, errors, and the layer around every router.

mod amount;
mod auth;
mod body;
mod change;
mod correlation;
mod error;
mod extract;
pub mod lambda;
mod layer;
mod limit_event;
mod limits;
mod page;
mod parse;
mod protection;
pub mod responses;
mod routes;
mod shape;
mod state;
pub mod values;

pub use amount::{Amount, LimitSubjectView};
pub use auth::{
    Administrator, ApiCaller, Reader, authenticate, authenticate_key, bearer, identify, parse_key,
    single_header,
};
pub use body::{MAX_BODY_BYTES, read_body};
pub use error::{ApiError, FieldError, Problem, ProviderObject};
pub use extract::{PathId, QueryParams, RequestBody};
pub use layer::{Deadline, finish};
pub use limit_event::LimitEventView;
pub use limits::limit_headers;
pub use page::{Cursor, PageParams};
pub use parse::{Input, Invalid, Parts, Request, parse_body, parse_query};
pub use routes::{describe_bodies, methods};
pub use shape::{
    ErrorShape, OPENAI_RESOURCES, asks_for_events, is_anthropic_path, is_bedrock_path, is_google_client,
    is_google_method, is_google_path, is_openai_path,
};
pub use state::{AppConfig, AppState, StartError};
#[doc(hidden)]
pub use utoipa_axum;
