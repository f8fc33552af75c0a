//! Function summary.
