//! Function maintain.
