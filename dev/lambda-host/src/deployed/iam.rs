//! Checks database login tokens as RDS does with IAM: the signature is computed again from the access key.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use ring::{digest, hmac};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::ldap;

pub(super) const KEY_ID: &str = "AKIDEXAMPLE";
pub(super) const SECRET: &str = "secret-of-the-platform";

/// The user of a login, or why it was refused.
pub type Login = Result<String, String>;

pub struct Iam {
    pub(super) port: u16,
    logins: Arc<Mutex<Vec<Login>>>,
    _server: JoinSet<()>,
}

impl Iam {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let logins: Arc<Mutex<Vec<Login>>> = Arc::default();
        let seen = Arc::clone(&logins);
        let mut server = JoinSet::new();
        server.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let Ok(Some(bind)) = ldap::read(&mut stream).await else { continue };
                let user = bind.name.trim_start_matches("cn=");
                let login = verify(user, &bind.password).map(|()| user.to_owned());
                let is_right = login.is_ok();
                seen.lock().expect("no panic elsewhere").push(login);
                ldap::answer(&mut stream, &bind, is_right).await.expect("Postgres reads the answer");
            }
        });
        Self { port, logins, _server: server }
    }

    /// All logins, in order.
    pub fn logins(&self) -> Vec<Login> {
        self.logins.lock().expect("no panic elsewhere").clone()
    }
}

/// Signature Version 4 of a `GET` whose query has all parameters, and which is valid for 15 minutes at most.
fn verify(user: &str, token: &str) -> Result<(), String> {
    let (host, query) = token.split_once("/?").ok_or("the token is no URL")?;
    let mut parameters: BTreeMap<&str, &str> =
        query.split('&').filter_map(|parameter| parameter.split_once('=')).collect();
    let signature = parameters.remove("X-Amz-Signature").ok_or("the token is not signed")?;
    let get = |name: &str| parameters.get(name).copied().unwrap_or_default();
    if (get("Action"), get("DBUser")) != ("connect", user) {
        return Err(format!("the token is not for {user}"));
    }
    if !get("X-Amz-Expires").parse::<u32>().is_ok_and(|seconds| seconds <= 900) {
        return Err("the token is valid for too long".to_owned());
    }
    let time = get("X-Amz-Date");
    let day = time.get(..8).ok_or("the token has no date")?;
    let scope = format!("{day}/us-east-1/rds-db/aws4_request");
    if get("X-Amz-Credential") != format!("{KEY_ID}/{scope}").replace('/', "%2F") {
        return Err(format!("the token's scope is {}", get("X-Amz-Credential")));
    }
    let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = format!("GET\n/\n{}\nhost:{host}\n\nhost\n{}", query.join("&"), sha256(""));
    let signed = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&request));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| sign(&key, part));
    if hex(&sign(&key, &signed)) != signature {
        return Err(format!("the signature of {user} differs"));
    }
    Ok(())
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string");
        text
    })
}
