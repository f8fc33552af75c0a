//! `include_dir!` reads `migrations/` while it expands and does not report it: without this, a new file is not compiled
//! in until something else changes.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
