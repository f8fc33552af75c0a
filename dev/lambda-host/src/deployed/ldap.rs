//! The one message of LDAP with which Postgres asks whether a password is right: the simple bind.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SUCCESS: u8 = 0;
const INVALID_CREDENTIALS: u8 = 49;

const MESSAGE: u8 = 0x30;
const BIND: u8 = 0x60;

/// A request to bind: who, and with which password.
pub(super) struct Bind {
    /// The message's number, as it is encoded.
    id: Vec<u8>,
    pub name: String,
    pub password: String,
}

/// Reads the first message of a connection; `None` if it ends before.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<Bind>> {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await? > 0 {
        if let Some(bind) = parse(&bytes) {
            return Ok(Some(bind));
        }
    }
    Ok(None)
}

/// Answers the request.
pub(super) async fn answer(stream: &mut TcpStream, bind: &Bind, is_right: bool) -> io::Result<()> {
    let code = if is_right { SUCCESS } else { INVALID_CREDENTIALS };
    // The result, no matched name, no text.
    let response = [0x61, 7, 0x0a, 1, code, 4, 0, 4, 0];
    let mut message = vec![MESSAGE, u8::try_from(bind.id.len() + 2 + response.len()).expect("short")];
    message.extend([2, u8::try_from(bind.id.len()).expect("short")]);
    message.extend(bind.id.iter().chain(&response));
    stream.write_all(&message).await
}

/// `None` while the message is incomplete.
fn parse(bytes: &[u8]) -> Option<Bind> {
    let (MESSAGE, message, _) = element(bytes)? else { panic!("no message: {bytes:?}") };
    let (_, id, rest) = element(message)?;
    let (BIND, bind, _) = element(rest)? else { panic!("no bind: {bytes:?}") };
    let (_, _version, rest) = element(bind)?;
    let (_, name, rest) = element(rest)?;
    let (_, password, _) = element(rest)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    Some(Bind { id: id.to_vec(), name: text(name), password: text(password) })
}

/// Splits off the first element: its tag, its content, and what is behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (digits.iter().fold(0, |length, digit| length * 256 + usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
