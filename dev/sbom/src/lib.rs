//! What the package of a function is made of: a bill of materials in `CycloneDX`. It lists the crates that the binary
//! is built from, and like the package it is the same whenever and wherever it is made.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};
use cargo_cyclonedx::SbomGenerator;
use cargo_cyclonedx::config::{SbomConfig, Target};
use cargo_metadata::MetadataCommand;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// In place of the folder of the repository, as in the binaries.
const FOLDER: &str = "/tokenmeter";

/// The bills of all crates of a workspace.
pub struct Bills {
    root: String,
    boms: Vec<(String, Bom)>,
}

impl Bills {
    /// Asks Cargo what the crates of the workspace at `root` need on `target`.
    pub fn read(root: &Path, target: &str) -> anyhow::Result<Self> {
        let mut command = MetadataCommand::new();
        command.manifest_path(root.join("Cargo.toml"));
        command.other_options(["--locked", "--filter-platform", target].map(str::to_owned));
        let metadata = command.exec()?;
        let root = metadata.workspace_root.to_string();
        let config = SbomConfig {
            target: Some(Target::SingleTarget(target.to_owned())),
            // What build scripts need is not in the binary.
            only_normal_deps: Some(true),
            ..SbomConfig::empty_config()
        };
        let boms = SbomGenerator::create_sboms(metadata, &config)?;
        Ok(Self { root, boms: boms.into_iter().map(|each| (each.package_name, each.bom)).collect() })
    }

    /// The bill of a function, for the very bytes of its package.
    pub fn bill(&self, function: &str, package: &[u8]) -> anyhow::Result<Value> {
        let bom = self.boms.iter().find(|(name, _)| name == function);
        let (_, bom) = bom.with_context(|| format!("the workspace has no crate `{function}`"))?;
        let mut bom = bom.clone();
        bom.serial_number = None;
        if let Some(metadata) = &mut bom.metadata {
            metadata.timestamp = None;
        }
        let mut text = Vec::new();
        bom.output_as_json(&mut text, SpecVersion::V1_5)?;
        let text = String::from_utf8(text)?.replace(&self.root, FOLDER);
        let mut bill: Value = serde_json::from_str(&text)?;
        let mut hash = String::new();
        for byte in digest(&SHA256, package).as_ref() {
            write!(hash, "{byte:02x}")?;
        }
        let Some(subject) = bill.pointer_mut("/metadata/component") else {
            bail!("the bill of `{function}` does not say what it is of");
        };
        subject["hashes"] = json!([{"alg": "SHA-256", "content": hash}]);
        Ok(bill)
    }
}
