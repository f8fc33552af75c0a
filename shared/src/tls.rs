//! One crypto provider for everything that speaks TLS: two compiled in would make rustls refuse to choose.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::TrustAnchor;

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificate authorities of RDS, which public root lists do not hold.
pub(crate) fn rds_roots() -> Vec<TrustAnchor<'static>> {
    Vec::new()
}
