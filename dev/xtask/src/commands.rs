//! One file per command.

pub(crate) mod check;
pub(crate) mod db;
pub(crate) mod lambda;
pub(crate) mod openapi;
pub(crate) mod package;
pub(crate) mod test;
pub(crate) mod up;
