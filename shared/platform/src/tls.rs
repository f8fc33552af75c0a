//! One crypto provider for all TLS, because rustls refuses to choose between two.

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use rustls::{ClientConfig, RootCertStore};

/// The regional roots named `RSA2048 G1` from the bundle that AWS publishes for RDS, valid into the 2060s. Public root
/// lists do not include them.
static RDS_ROOTS: &[u8] = include_bytes!("tls/rds-roots.pem");

/// Most clients trust the public authorities alone, and share what that takes.
static PUBLIC: LazyLock<Result<ClientConfig, rustls::Error>> =
    LazyLock::new(|| trusting(webpki_roots::TLS_SERVER_ROOTS.to_vec()));

/// No TLS connection can be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the provider has no protocol version")]
    Provider(#[from] rustls::Error),
}

/// Authorities of a private network. Cloning shares them.
#[derive(Clone)]
pub struct Authorities(Arc<[TrustAnchor<'static>]>);

impl Authorities {
    /// Reads certificates in PEM and skips what cannot be read; `None` if there are none.
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let anchors = anchors(pem);
        (!anchors.is_empty()).then(|| Self(anchors.into()))
    }
}

/// A client configuration that trusts the public authorities, with `trusts_rds` those of RDS, and `more`.
pub fn client_config(trusts_rds: bool, more: Option<&Authorities>) -> Result<ClientConfig, TlsError> {
    if !trusts_rds && more.is_none() {
        return Ok(PUBLIC.clone()?);
    }
    let mut roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
    if trusts_rds {
        roots.extend(anchors(RDS_ROOTS));
    }
    if let Some(Authorities(more)) = more {
        roots.extend_from_slice(more);
    }
    Ok(trusting(roots)?)
}

fn trusting(roots: Vec<TrustAnchor<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider: CryptoProvider = rustls::crypto::ring::default_provider();
    Ok(ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore { roots })
        .with_no_client_auth())
}

fn anchors(pem: &[u8]) -> Vec<TrustAnchor<'static>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    store.roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rds_root_is_valid() {
        let text = std::str::from_utf8(RDS_ROOTS).unwrap();
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(RDS_ROOTS).map(Result::unwrap).collect();
        assert_eq!(certificates.len(), text.matches("BEGIN CERTIFICATE").count());
        assert_eq!((certificates.len(), anchors(RDS_ROOTS).len()), (27, 27));
        assert!(client_config(true, None).is_ok());
    }

    #[test]
    fn authorities_are_read_from_pem_alone() {
        let more = Authorities::parse(RDS_ROOTS).unwrap();
        assert_eq!(more.0.len(), 27);
        assert!(client_config(false, Some(&more)).is_ok());
        assert!(Authorities::parse(b"no PEM").is_none());
    }
}
