//! Bodies that are no JSON, barely JSON, or not as long as they say.

use http::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{World, is_well_formed};
use crate::contract::operations;
use crate::host::serve;

/// More levels than any stack holds frames.
const LEVELS: usize = 500_000;

fn nested(open: &str, close: &str) -> String {
    open.repeat(LEVELS) + "1" + &close.repeat(LEVELS)
}

/// Bodies that no endpoint takes.
fn invalid() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("cut", text(r#"{"model": "gpt-4o-mini", "messages": [{"role": "user""#)),
        ("no UTF-8", b"{\"model\": \"gpt-4o\xff\"}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("null byte", b"{\"model\": \"a\0b\"}".to_vec()),
        ("bare NaN", text(r#"{"model": "m", "temperature": NaN}"#)),
        ("two documents", text("{}{}")),
        ("comment", text("{/* model */}")),
        ("deep arrays", nested("[", "]").into_bytes()),
        ("deep objects, cut", r#"{"a":"#.repeat(LEVELS).into_bytes()),
        ("white space", text(" \n\t ")),
        ("null", text("null")),
        ("a number", text("1e400")),
        ("minus zero", text("-0")),
        ("text", text("\"a\\u0000b\"")),
        ("an array", text("[{}]")),
        (
            "a repeated member",
            text(r#"{"model": "m", "model": "n", "name": "a", "name": "b", "tool": 1, "tool": 2}"#),
        ),
        ("escaped repetition", text(r#"{"model": "m", "mod\u0065l": "n", "name": 1, "n\u0061me": 2}"#)),
        ("deep member", format!(r#"{{"model": {}}}"#, nested(r#"{"a":"#, "}")).into_bytes()),
        ("NUL in text", text(r#"{"model": "a\u0000b", "name": "\u0000", "user_label": "\u0000"}"#)),
        ("lone surrogate", text(r#"{"model": "\ud800", "name": "\udfff", "user_label": "\ud800"}"#)),
    ]
}

#[tokio::test]
async fn every_endpoint_refuses_bodies_that_it_cannot_read() {
    let world = World::start().await;
    let mut tried = 0;
    for (operation, described) in operations() {
        // The body of an action on a stored response is the provider's business.
        if !described["requestBody"].is_object() || operation.contains("{response_id}") {
            continue;
        }
        let (method, path) = operation.split_once(' ').unwrap();
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let is_about_one = path.contains("{id}");
        let path = path.replace("{id}", "key_0198c0de0000700080000000ffffffff");
        let path = path.replace("{model}", "gemini-3.5-flash:generateContent");
        let path = path.replace("{modelId}", "amazon.nova-pro-v1%3A0");
        for (name, body) in invalid() {
            let reply = world.send(&method, &path, body).await;
            let what = format!("{method} {path}, {name}: {} {:.300}", reply.status, reply.text());
            let is_refused = matches!(reply.status.as_u16(), 400 | 422);
            assert!(is_refused || is_about_one && reply.status == StatusCode::NOT_FOUND, "{what}");
            assert!(is_well_formed(&path, &reply), "{what}");
            tried += 1;
        }
    }
    assert!(tried >= 15 * 20, "{tried}");
    assert_eq!(world.harness.mock.requests().len(), 0);
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn odd_members_of_a_call_pass_or_are_refused() {
    let world = World::start().await;
    let deep = nested("[", "]");
    for (path, members) in [
        ("/v1/chat/completions", r#""messages":[{"role":"user","content":"Hi"}]"#),
        ("/v1/responses", r#""input":"Hi""#),
        ("/v1/embeddings", r#""input":"Hi""#),
        ("/v1/completions", r#""prompt":"Hi""#),
        ("/v1/moderations", r#""input":"Hi""#),
    ] {
        for odd in [
            format!(r#""odd":{deep}"#),
            r#""temperature":1e400,"top_p":-0,"seed":-1e400"#.to_owned(),
            r#""user":"a\u0000b""#.to_owned(),
            r#""user":"\ud800","metadata":{"\ud800":"\udfff"}"#.to_owned(),
            r#""metadata":{"a":"\u0000","a":"b"}"#.to_owned(),
            r#""metadata":{"user_label":"a\u0000"}"#.to_owned(),
            r#""metadata":{"user_label":"a","user_label":"b"}"#.to_owned(),
            r#""max_tokens":-0,"max_completion_tokens":-0,"max_output_tokens":-0"#.to_owned(),
            r#""max_tokens":1e400,"max_completion_tokens":1e400,"max_output_tokens":1e400"#.to_owned(),
            r#""n":-0"#.to_owned(),
            r#""n":1e400"#.to_owned(),
            r#""stream":"true""#.to_owned(),
            r#""service_tier":"\u0000""#.to_owned(),
            r#""safety_identifier":{}"#.to_owned(),
            r#""tools":1e400,"max_tool_calls":-0"#.to_owned(),
            format!(r#""tools":{deep}"#),
        ] {
            let body = format!(r#"{{"model":"gpt-4o-mini",{members},{odd}}}"#);
            let reply = world.send(&Method::POST, path, body).await;
            let what = format!("{path} {odd:.80}: {} {:.300}", reply.status, reply.text());
            assert!(reply.status == StatusCode::OK || reply.status.is_client_error(), "{what}");
            assert!(reply.status == StatusCode::OK || is_well_formed(path, &reply), "{what}");
        }
    }
    world.assert_nothing_is_lost().await;
}

/// Sends bytes over a connection of its own and returns everything that comes back until it closes.
async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut response = Vec::new();
    // The server may reset the connection instead of closing it.
    let _ = socket.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_that_lie_make_no_call() {
    let world = World::start().await;
    let address = serve(&world.harness).await;
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}).to_string();
    let length = body.len();
    for (headers, body) in [
        (format!("content-length: {}", length + 1), body.clone()),
        (format!("content-length: {}", length - 1), body.clone()),
        (format!("content-length: {length}\r\ncontent-length: {}", length + 1), body.clone()),
        ("content-length: -1".to_owned(), body.clone()),
        (format!("content-length: +{length}"), body.clone()),
        ("content-length: 0x40".to_owned(), body.clone()),
        ("content-length: 18446744073709551616".to_owned(), body.clone()),
        ("content-length: 0".to_owned(), body.clone()),
        (String::new(), body.clone()),
        ("transfer-encoding: chunked".to_owned(), body.clone()),
        ("transfer-encoding: chunked".to_owned(), format!("{length:x}\r\n{body}")),
        ("transfer-encoding: chunked".to_owned(), format!("{:x}\r\n{body}\r\n0\r\n\r\n", length + 9)),
        ("transfer-encoding: gzip".to_owned(), body.clone()),
    ] {
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{headers}\r\n\r\n",
            world.key
        );
        let response = exchange(address, &(head + &body)).await;
        let status = response.split_whitespace().nth(1).unwrap_or("closed");
        assert!(status == "closed" || status.starts_with('4'), "{headers}: {response}");
    }
    assert_eq!(world.harness.mock.requests().len(), 0);
    world.assert_nothing_is_lost().await;
}
