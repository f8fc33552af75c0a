//! One call from admission to settlement.

mod admit;
mod admitted;
mod background;
mod deadline;
mod new;
mod objects;
mod plain;
mod settle;
mod stated_cost;

pub(crate) use self::admit::admit;
pub(crate) use self::admitted::AdmittedCall;
pub(crate) use self::deadline::upstream_deadline;
pub(crate) use self::new::NewCall;
pub(crate) use self::objects::ObjectKeeper;
pub(crate) use self::plain::PlainCallers;
pub(crate) use self::settle::SettledCall;
