//! Ports on this machine, and whether something answers there.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// What is asked while a program starts answers at once, or not yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// Fails with the name of the port and of the flag that changes it.
pub(crate) fn must_be_free(port: u16, what: &str, flag: &str) -> anyhow::Result<()> {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        bail!(
            "port {port} ({what}) is taken by another program: stop that, or choose another port with {flag}"
        );
    }
    Ok(())
}

/// Free ports, all different since they are held at the same time.
pub(crate) fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The status of `GET path`; `None` where nothing answers.
pub(crate) fn status(port: u16, path: &str) -> Option<u16> {
    status_within(port, path, PATIENCE)
}

pub(crate) fn status_within(port: u16, path: &str, patience: Duration) -> Option<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: */*\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_port_is_named_with_the_flag_that_changes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = must_be_free(port, "API", "--api-port").unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("--api-port"), "{error}");
    }

    #[test]
    fn status_is_none_where_nothing_answers() {
        let [port] = free_ports::<1>().unwrap();
        assert_eq!(status(port, "/healthz"), None);
    }
}
