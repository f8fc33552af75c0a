//! The certificates of a deployment: an authority, another below it, and the certificate of `localhost`. Servers send
//! the last two, as those of RDS do.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// In PEM.
pub(super) struct ServerCertificate {
    /// The server's own, for the name `localhost` alone, and that of the authority which signed it.
    pub chain: String,
    pub key: String,
}

/// The authority that clients are to trust, in PEM, and a certificate below it.
pub(super) fn certificates() -> (String, ServerCertificate) {
    let root = CertifiedIssuer::self_signed(authority("root of the deployment"), key());
    let root = root.expect("a certificate");
    let between = CertifiedIssuer::signed_by(authority("servers of the deployment"), key(), &root);
    let between = between.expect("a certificate");
    let server_key = key();
    let server = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let server = server.signed_by(&server_key, &between).expect("a certificate");
    let chain = format!("{}{}", server.pem(), between.pem());
    (root.pem(), ServerCertificate { chain, key: server_key.serialize_pem() })
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([]).expect("no names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
