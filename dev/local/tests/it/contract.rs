//! The committed contracts: the OpenAPI document and `.env.example`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use platform::environment::Environment;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn committed_openapi_document_is_that_of_the_code() {
    let committed = std::fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    assert!(
        committed == local::openapi::document().unwrap(),
        "run `cargo xtask openapi` and commit docs/openapi.json"
    );
}

/// The operations of the committed document, each with its method and path.
pub(crate) fn operations() -> Vec<(String, Value)> {
    let committed = std::fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let document: Value = serde_json::from_str(&committed).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation.clone()))
    });
    operations.collect()
}

/// Whether a schema says which values of its type there are.
fn is_bounded(schema: &Value) -> bool {
    let has = |name: &str| schema.get(name).is_some();
    match schema["type"].as_str() {
        Some("string") => has("enum") || has("pattern") || has("format"),
        Some("integer") => has("minimum") && has("maximum"),
        Some("array") => is_bounded(&schema["items"]),
        kind => kind == Some("boolean"),
    }
}

#[test]
fn document_describes_and_bounds_every_parameter() {
    for (operation, described) in operations() {
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let name = &parameter["name"];
            assert!(parameter["description"].is_string(), "{operation}: {name} has no description");
            let is_bounded = parameter["in"] != "query" || is_bounded(&parameter["schema"]);
            assert!(is_bounded, "{operation}: {name} has neither enum, pattern, format nor bounds");
        }
    }
}

#[test]
fn document_lists_what_every_operation_of_the_api_can_answer() {
    for (operation, described) in operations().into_iter().filter(|(name, _)| name.contains(" /api/")) {
        let of_bodies: &[&str] =
            if described["requestBody"].is_object() { &["400", "413", "415"] } else { &[] };
        for status in ["401", "503"].iter().chain(of_bodies) {
            assert!(described["responses"][status].is_object(), "{operation}: {status} is not listed");
        }
    }
}

/// Paths of the document and the function that serves each.
fn documented() -> BTreeMap<String, &'static str> {
    let mut paths = BTreeMap::new();
    for (function, document) in
        [("chat", chat::openapi()), ("summary", summary::openapi()), ("admin", admin::openapi())]
    {
        paths.extend(document.paths.paths.into_keys().map(|path| (path, function)));
    }
    paths
}

#[test]
fn cargo_lambda_watch_routes_every_path_to_its_function() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, table) = manifest.split_once("[workspace.metadata.lambda.watch.router]\n").unwrap();
    let routed: BTreeMap<String, &str> = table
        .lines()
        .filter_map(|line| line.trim_matches('"').split_once("\" = \""))
        .map(|(path, function)| (path.to_owned(), function))
        .collect();
    let undocumented = ["/openapi.json", "/docs", "/docs/", "/docs/{*file}"];
    let mut expected = documented();
    expected.extend(undocumented.map(|path| (path.to_owned(), "summary")));
    let refused = [
        "/v1",
        "/v1/{*path}",
        "/v1beta/{*path}",
        "/v1alpha/{*path}",
        "/gemini/{*path}",
        "/bedrock/{*path}",
        "/{upstream}/{*path}",
    ];
    expected.extend(refused.map(|path| (path.to_owned(), "chat")));
    assert_eq!(routed, expected, "Cargo.toml, workspace.metadata.lambda.watch.router");
}

/// The gateway's resources, as `rest.stream(chat, ['/v1/{proxy+}', …])` lists them.
#[test]
fn gateway_routes_every_path_to_its_function() {
    let stack = std::fs::read_to_string(root().join("infra/lib/app-stack.ts")).unwrap();
    let mut routes: Vec<(&str, String)> = Vec::new();
    for call in
        stack.split("rest.").skip(1).filter(|call| call.starts_with("stream(") || call.starts_with("buffer("))
    {
        let (_, arguments) = call.split_once('(').unwrap();
        let arguments = arguments.split_once(");").unwrap().0.trim();
        let (function, paths) = arguments.split_once(',').unwrap();
        for path in paths.split('\'').filter(|text| text.starts_with('/')) {
            routes.push((function, path.to_owned()));
            if paths.contains("/{proxy+}`") {
                routes.push((function, format!("{path}/{{proxy+}}")));
            }
        }
    }
    let serves = |resource: &str, path: &str| match resource.strip_suffix("/{proxy+}") {
        // Any first segment.
        Some("/{upstream}") => path.trim_start_matches('/').contains('/'),
        Some(prefix) => path.strip_prefix(prefix).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')),
        None => resource == path,
    };
    for (path, function) in documented() {
        // An exact resource goes before a wildcard.
        let matching = routes.iter().filter(|(_, resource)| serves(resource, &path));
        let found = matching.min_by_key(|(_, resource)| {
            (resource.starts_with("/{upstream}"), resource.ends_with("{proxy+}"))
        });
        assert_eq!(found.map(|(name, _)| *name), Some(function), "{path} in {routes:?}");
    }
}

/// Name, value and whether the line is commented out.
fn example() -> Vec<(String, String, bool)> {
    let text = std::fs::read_to_string(root().join(".env.example")).unwrap();
    let variable = |line: &str| {
        let (name, value) = line.trim_start_matches("# ").split_once('=')?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_name.then(|| (name.to_owned(), value.to_owned(), line.starts_with('#')))
    };
    text.lines().filter_map(variable).collect()
}

#[test]
fn every_function_starts_with_the_example_environment() {
    let environment = || -> Environment {
        example().into_iter().filter(|(.., is_off)| !is_off).map(|(name, value, _)| (name, value)).collect()
    };
    chat::Config::from_env(&environment()).unwrap();
    summary::Config::from_env(&environment()).unwrap();
    admin::Config::from_env(&environment()).unwrap();
    maintain::Config::from_env(&environment()).unwrap();
}

#[test]
fn every_variable_that_is_read_is_in_the_example_and_the_other_way_round() {
    let files = [
        "shared/platform/src/call_log.rs",
        "shared/platform/src/environment.rs",
        "shared/ledger/src/config.rs",
        "shared/upstream/src/config.rs",
        "functions/chat/src/config.rs",
        "functions/maintain/src/admin_key.rs",
        "functions/maintain/src/config.rs",
    ];
    let source: String = files.map(|file| std::fs::read_to_string(root().join(file)).unwrap()).concat();
    let is_variable = |text: &&str| {
        text.len() > 4
            && text.contains('_')
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    let read: BTreeSet<&str> = source.split('"').filter(is_variable).collect();
    // The platform's own, set by it or by the stack as platform settings.
    let platform = BTreeSet::from(["AWS_REGION", "AWS_USE_DUALSTACK_ENDPOINT"]);
    let example = example();
    let listed: BTreeSet<&str> = example.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(read.difference(&platform).copied().collect::<BTreeSet<_>>(), listed);
}

#[test]
fn missing_or_malformed_variable_is_named_without_its_value() {
    let with = |changes: &[(&str, &str)]| -> String {
        let changed = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: Environment = example()
            .into_iter()
            .filter(|(.., off)| !off)
            .map(|(name, value, _)| (name, value))
            .chain(changed)
            .collect();
        chat::Config::from_env(&environment).map(drop).unwrap_err().to_string()
    };
    let lines = [
        with(&[("DATABASE_URL", "")]),
        with(&[("DATABASE_URL", "mysql://user:hunter2@host/db")]),
        with(&[("KEY_PEPPER", "hunter2")]),
        with(&[("KEY_PEPPER_SECRET_ARN", "arn:aws:x")]),
        with(&[("OPENAI_API_BASE", "ftp://example")]),
        with(&[("UPSTREAM_TIMEOUT_SECONDS", "soon")]),
        with(&[("ACCEPT_PROVIDER_KEYS", "maybe")]),
        with(&[("DATABASE_POOL_SIZE", "0")]),
        with(&[
            ("DATABASE_URL", ""),
            ("DATABASE_HOST", "h"),
            ("DATABASE_AUTH", "magic"),
            ("DATABASE_NAME", "n"),
        ]),
    ];
    assert!(!lines.join("").contains("hunter2"));
    insta::assert_snapshot!(lines.join("\n"), @"
    DATABASE_URL is not set
    DATABASE_URL is malformed: expected postgres://user:password@host:port/database
    KEY_PEPPER is malformed: expected at least 16 characters, got 7
    KEY_PEPPER and KEY_PEPPER_SECRET_ARN are both set: set only one of them
    OPENAI_API_BASE is malformed: expected an http or https URL
    UPSTREAM_TIMEOUT_SECONDS is malformed: expected a whole number of seconds, got `soon`
    ACCEPT_PROVIDER_KEYS is malformed: expected `true` or `false`, got `maybe`
    DATABASE_POOL_SIZE is malformed: expected 1 to 1000 connections, got 0
    DATABASE_AUTH is malformed: expected `iam` or `secret`, got `magic`
    ");
}
