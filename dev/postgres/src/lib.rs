//! A real Postgres for development and tests.
