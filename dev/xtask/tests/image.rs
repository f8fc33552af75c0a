//! The image of the development stack, as far as it can be checked without building it.
#![expect(clippy::unwrap_used, reason = "a failure here fails the test")]

use std::path::Path;
use std::process::Command;

/// The packages of the workspace's dependencies with their features, for a `cargo build` of the same arguments.
fn features(packages: &[&str]) -> String {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "--format", "{p} {f}"]);
    for package in packages {
        tree.args(["--package", package]);
    }
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let output = tree.current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.join("\n")
}

/// `cargo lambda watch` runs `cargo run --bin <function>`. With other features, it compiles all dependencies again while
/// the first call waits.
#[test]
fn image_builds_the_functions_with_the_features_that_watch_uses() {
    let file = include_str!("../../docker/rust.Dockerfile");
    let builds: Vec<&str> =
        file.lines().filter_map(|line| line.split_once("cargo build ")).map(|(_, rest)| rest).collect();
    let watched = features(&[]);
    let of_watch = builds.iter().filter(|build| {
        let words: Vec<_> = build.split_whitespace().collect();
        let packages: Vec<_> =
            words.windows(2).filter(|pair| pair[0] == "--package").map(|pair| pair[1]).collect();
        features(&packages) == watched
    });
    // Of the empty sources, and of the real ones.
    assert_eq!(of_watch.count(), 2, "{builds:#?}");
}
