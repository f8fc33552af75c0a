//! Bills of the functions, against the schema that `CycloneDX` publishes and against what Cargo builds.
#![expect(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use sbom::Bills;
use serde_json::{Value, json};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const FUNCTIONS: [&str; 4] = ["admin", "chat", "maintain", "summary"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Where a bill differs from the schema, with the two that it refers to.
fn errors(bill: &Value) -> Vec<String> {
    let schema = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let registry = jsonschema::Registry::new()
        .add(
            "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
            schema(include_str!("../../schema/spdx.schema.json")),
        )
        .unwrap()
        .add(
            "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
            schema(include_str!("../../schema/jsf-0.82.schema.json")),
        )
        .unwrap()
        .prepare()
        .unwrap();
    let schema = schema(include_str!("../../schema/bom-1.5.schema.json"));
    let validator = jsonschema::options().with_registry(&registry).build(&schema).unwrap();
    validator.iter_errors(bill).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn names(bill: &Value) -> BTreeSet<(&str, &str)> {
    let components = bill["components"].as_array().unwrap().iter();
    components.map(|each| (each["name"].as_str().unwrap(), each["version"].as_str().unwrap())).collect()
}

/// The crates that Cargo builds a function from.
fn tree(function: &str) -> String {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p} "]);
    let output = tree.args(["--target", TARGET, "--package", function]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn bill_of_each_function_is_valid_and_complete() {
    let bills = Bills::read(root(), TARGET).unwrap();
    for function in FUNCTIONS {
        let bill = bills.bill(function, b"the package").unwrap();
        assert_eq!(errors(&bill), Vec::<String>::new(), "{function}");
        assert_eq!(bill["metadata"]["component"]["name"], function);
        let names = names(&bill);
        let tree = tree(function);
        let built = tree.lines().filter_map(|line| line.split_once(" v"));
        let built: BTreeSet<_> = built.map(|(name, rest)| (name, rest.split(' ').next().unwrap())).collect();
        let missing: Vec<_> = built.difference(&names).filter(|(name, _)| *name != function).collect();
        assert!(missing.is_empty(), "{function}: {missing:?}");
        for tool in ["testkit", "insta", "xtask", "cc"] {
            assert!(names.iter().all(|(name, _)| *name != tool), "{function} lists {tool}");
        }
        for component in bill["components"].as_array().unwrap() {
            assert!(component["licenses"].is_array(), "{component}");
            // Crates of this repository are in no registry.
            let is_ours = component["bom-ref"].as_str().unwrap().starts_with("path+");
            assert_eq!(component["hashes"].is_array(), !is_ours, "{component}");
        }
    }
}

#[test]
fn bill_names_its_package_and_neither_a_time_nor_a_place() {
    let bills = Bills::read(root(), TARGET).unwrap();
    let bill = bills.bill("maintain", b"abc").unwrap();
    // SHA-256 of `abc`, from its standard.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(bill["metadata"]["component"]["hashes"], json!([{"alg": "SHA-256", "content": abc}]));
    assert_eq!((bill.get("serialNumber"), bill["metadata"].get("timestamp")), (None, None));
    let place = root().canonicalize().unwrap();
    assert!(!bill.to_string().contains(place.to_str().unwrap()), "{bill}");
    assert_eq!(Bills::read(&place, TARGET).unwrap().bill("maintain", b"abc").unwrap(), bill);
    let error = bills.bill("chatt", b"").unwrap_err().to_string();
    assert_eq!(error, "the workspace has no crate `chatt`");
}

#[test]
fn invalid_bill_is_noticed() {
    let bills = Bills::read(root(), TARGET).unwrap();
    let mut bill = bills.bill("maintain", b"").unwrap();
    bill["components"][0]["scope"] = "linked".into();
    bill["components"][1]["hashes"] = json!([{"alg": "SHA-256", "content": "no digest"}]);
    assert_eq!(errors(&bill).len(), 2, "{:?}", errors(&bill));
}
