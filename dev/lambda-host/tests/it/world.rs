//! Function binaries, their environment, and the sample events.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use lambda_host::{DEPLOYED, Function, FunctionResponse};
use serde_json::{Value, json};
use testkit::Harness;

/// The placeholder for a key in the sample events; see `events/README.md`.
const PLACEHOLDER: &str = "tm_EVENTKEYPutYourOwnTokenmeterKeyHere00000000000000003rT036";
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// The binary of a function, or of the command line, built with the profile of the tests.
pub(crate) fn binary(function: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build", "--quiet", "-p", "chat", "-p", "summary", "-p", "admin", "-p", "maintain", "-p", "local",
        ]);
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

/// Starts a function with the test's database and provider, configured as deployed.
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
    let changes = [&DEPLOYED[..], more].concat();
    let variables = harness.variables(function, &changes);
    Function::start_with_output(&binary(function), variables, log).await.expect("the binary starts")
}

/// The response to an event, which must not fail.
pub(crate) async fn invoke(function: &mut Function, event: String) -> FunctionResponse {
    let invocation = function.invoke(event, TIMEOUT).await.expect("the function is ready");
    invocation.response().await.expect("a response")
}

/// A file of `events/`, with a real key.
pub(crate) fn event(path: &str, key: &str) -> String {
    let text = std::fs::read_to_string(repository().join("events").join(path)).expect("an event file");
    text.replace(PLACEHOLDER, key)
}

/// The expected status of each file in a folder of `events/`.
pub(crate) fn expected(function: &str) -> BTreeMap<String, u16> {
    let text = event(&format!("{function}/expected.json"), "");
    serde_json::from_str(&text).expect("file names and statuses")
}

/// A streamed chat completion in the envelope of a sample event. The model can carry parameters for the mock.
pub(crate) fn stream_event(key: &str, model: &str) -> String {
    let mut envelope: Value = serde_json::from_str(&event("chat/stream.json", key)).expect("JSON");
    let body = json!({
        "model": model, "stream": true, "messages": [{"role": "user", "content": "Say hello in French."}]
    });
    envelope["body"] = body.to_string().into();
    envelope.to_string()
}
