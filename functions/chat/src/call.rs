//! One call from admission to settlement.

mod admit;
mod admitted;
mod answer;
mod deadline;
mod record;
mod settle;

pub(crate) use self::admit::admit;
pub(crate) use self::admitted::AdmittedCall;
pub(crate) use self::answer::SeenAnswer;
pub(crate) use self::deadline::upstream_deadline;
pub(crate) use self::record::{CallEnding, NewCall, SettledCall};
