//! Function binaries, their environment, and the events of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use lambda_host::Function;
use serde_json::{Value, json};
use testkit::Harness;

/// What the sample events carry in place of a key; `events/README.md` names it.
const PLACEHOLDER: &str = "tm_EVENTKEYPutYourOwnTokenmeterKeyHere00000000000000003rT036";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A function's binary, built as the tests were.
pub(crate) fn binary(function: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "chat", "-p", "summary", "-p", "maintain"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(
            build.current_dir(repository()).status().expect("cargo runs").success(),
            "the functions build"
        );
        let test = std::env::current_exe().expect("a path");
        test.ancestors().nth(2).expect("target/<profile>").to_owned()
    });
    directory.join(function)
}

pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Starts a function on the test's database and provider, as a deployment configures it.
pub(crate) async fn start(harness: &Harness, function: &str) -> Function {
    start_with(harness, function, &[]).await
}

pub(crate) async fn start_with(harness: &Harness, function: &str, more: &[(&str, &str)]) -> Function {
    start_logging(harness, function, more, Stdio::inherit()).await
}

pub(crate) async fn start_logging(
    harness: &Harness,
    function: &str,
    more: &[(&str, &str)],
    log: Stdio,
) -> Function {
    let database = match function {
        // The owner of the schema.
        "maintain" => harness.db.url(),
        _ => harness.db.url_as(&format!("tokenmeter_{function}")),
    };
    let base_url = harness.mock.base_url();
    let deployed = [
        ("DATABASE_URL", database.as_str()),
        ("DATABASE_POOL_SIZE", "1"),
        ("OPENAI_API_BASE", base_url.as_str()),
        ("OPENAI_API_KEY", "sk-mock-of-the-tests"),
        ("KEY_PEPPER", testkit::PEPPER),
        ("RUST_LOG", "off"),
        ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1"),
    ];
    let mut environment: BTreeMap<_, _> = deployed.into_iter().collect();
    environment.extend(more.iter().copied());
    environment.retain(|_, value| !value.is_empty());
    Function::start_with_output(&binary(function), environment, log).await.expect("the binary starts")
}

/// A file of `events/` with a real key in it.
pub(crate) fn event(path: &str, key: &str) -> String {
    let text = std::fs::read_to_string(repository().join("events").join(path)).expect("an event file");
    text.replace(PLACEHOLDER, key)
}

/// The files of a folder of `events/` with their statuses.
pub(crate) fn expected(function: &str) -> BTreeMap<String, u16> {
    let text = event(&format!("{function}/expected.json"), "");
    serde_json::from_str(&text).expect("file names and statuses")
}

/// A streamed chat completion for the mock to make long or slow, in the envelope of a sample event.
pub(crate) fn stream_event(key: &str, model: &str) -> String {
    let mut envelope: Value = serde_json::from_str(&event("chat/stream.json", key)).expect("JSON");
    let body = json!({
        "model": model, "stream": true, "messages": [{"role": "user", "content": "Say hello in French."}]
    });
    envelope["body"] = body.to_string().into();
    envelope.to_string()
}
