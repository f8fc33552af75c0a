//! Ends TLS in front of a plain server on this machine, as load balancers of providers and of AWS do.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::authority::ServerCertificate;

/// Stops on drop, and closes every connection.
pub(super) struct TlsFront {
    pub(super) port: u16,
    _server: JoinSet<()>,
}

impl TlsFront {
    pub(super) async fn start(certificate: &ServerCertificate, server: SocketAddr) -> Self {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate.chain.as_bytes())
            .map(|one| one.expect("PEM"))
            .collect();
        let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("PEM");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(pass_on(acceptor.clone(), stream, server));
                // Those that have ended.
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, _server: task }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

/// A client that does not trust the certificate ends the handshake, which is no error here.
async fn pass_on(acceptor: TlsAcceptor, stream: TcpStream, server: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut server = TcpStream::connect(server).await.expect("the server behind");
    let _ = server.set_nodelay(true);
    let _ = copy_bidirectional(&mut stream, &mut server).await;
}
