//! Local ports, and whether a server responds on them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// A starting program responds immediately or not at all.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The error names the port and the flag that changes it.
pub(crate) fn must_be_free(port: u16, what: &str, flag: &str) -> anyhow::Result<()> {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        bail!("port {port} ({what}) is in use: stop the other program, or choose another port with {flag}");
    }
    Ok(())
}

/// Different free ports; all are held until each is found.
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

/// The status of `GET path`; `None` without a response.
pub(crate) fn status(port: u16, path: &str) -> Option<u16> {
    status_within(port, path, TIMEOUT)
}

pub(crate) fn status_within(port: u16, path: &str, timeout: Duration) -> Option<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).ok()?;
    stream.set_read_timeout(Some(timeout)).ok()?;
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
    fn error_names_the_port_in_use_and_the_flag_that_changes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = must_be_free(port, "API", "--api-port").unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("--api-port"), "{error}");
    }

    #[test]
    fn status_is_none_without_a_response() {
        let [port] = free_ports::<1>().unwrap();
        assert_eq!(status(port, "/healthz"), None);
    }
}
