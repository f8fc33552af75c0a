//! The server of self-hosted deployments with the defaults of development: local keys and the mock provider.

pub mod keys;

pub use server::{Settings, host, maintain, openapi, router, schedule, serve};
