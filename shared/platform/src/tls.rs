//! One crypto provider for all TLS, because rustls refuses to choose between two.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The regional roots named `RSA2048 G1` from the bundle that AWS publishes for RDS, valid into the 2060s. Public root
/// lists do not include them.
static RDS_ROOTS: &[u8] = include_bytes!("tls/rds-roots.pem");

/// No TLS connection can be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the provider has no protocol version")]
    Provider(#[from] rustls::Error),
    #[error("the file of authorities contains no certificate: expected PEM")]
    NoAuthority,
}

/// A client configuration that trusts the public authorities, and with `trusts_rds` those of RDS as well.
pub fn client_config(trusts_rds: bool) -> Result<ClientConfig, TlsError> {
    client_config_with(trusts_rds, None)
}

/// As [`client_config`], with `more` authorities in PEM.
pub fn client_config_with(trusts_rds: bool, more: Option<&[u8]>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if trusts_rds {
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(RDS_ROOTS).filter_map(Result::ok));
    }
    if let Some(pem) = more {
        let (added, _) =
            roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
        if added == 0 {
            return Err(TlsError::NoAuthority);
        }
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rds_root_is_valid() {
        let text = std::str::from_utf8(RDS_ROOTS).unwrap();
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(RDS_ROOTS).map(Result::unwrap).collect();
        assert_eq!(certificates.len(), text.matches("BEGIN CERTIFICATE").count());
        let mut roots = RootCertStore::empty();
        assert_eq!(roots.add_parsable_certificates(certificates), (27, 0));
        assert!(client_config(true).is_ok());
        assert!(client_config_with(false, Some(RDS_ROOTS)).is_ok());
        assert!(matches!(client_config_with(false, Some(b"no PEM")), Err(TlsError::NoAuthority)));
    }
}
