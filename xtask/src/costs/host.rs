//! One host, as a package of its own below the target directory, with the versions of this workspace's lock file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

use super::kinds::{Kind, MANIFEST};
use crate::run::{cargo, output, root, target};

/// A package.
pub(crate) struct Host {
    folder: PathBuf,
}

impl Host {
    /// Writes the package, and its lock file without a network.
    pub(crate) fn make(kind: &Kind, is_embedded: bool) -> Result<Self> {
        let features = kind.features.join("-");
        let twin = if is_embedded { features.as_str() } else { "plain" };
        let folder = target()?.join("costs").join(kind.name).join(twin);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        let facade = root().join("crates/aboveboard");
        let telemetry = format!(
            "aboveboard = {{ path = {:?}, default-features = false, features = {:?} }}\n",
            facade.display().to_string(),
            kind.features
        );
        let telemetry = if is_embedded { telemetry.as_str() } else { "" };
        let text = format!(
            "[package]\nname = \"host\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [profile.release]\nstrip = true\n\n[dependencies]\n{}{telemetry}",
            kind.dependencies
        );
        fs::write(folder.join("Cargo.toml"), text)?;
        fs::write(folder.join("src/main.rs"), if is_embedded { kind.embedded } else { kind.plain })?;
        fs::write(folder.join("telemetry.toml"), MANIFEST)?;
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let host = Self { folder };
        output(host.cargo("update").args(["--workspace", "--offline", "--quiet"]))?;
        Ok(host)
    }

    fn cargo(&self, verb: &str) -> std::process::Command {
        let mut cargo = cargo();
        cargo.arg(verb).arg("--manifest-path").arg(self.folder.join("Cargo.toml"));
        cargo
    }

    fn tree(&self, edges: &str) -> Result<BTreeSet<String>> {
        let mut tree = self.cargo("tree");
        tree.args(["--offline", "--quiet", "--prefix=none", "--format={p}", "--edges", edges]);
        let text = output(&mut tree)?;
        let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Ok(text.lines().filter(|line| !line.is_empty()).map(name).collect())
    }

    /// What is compiled into it.
    pub(crate) fn crates(&self) -> Result<BTreeSet<String>> {
        self.tree("normal,no-proc-macro")
    }

    /// What is compiled for its build alone: macros and build scripts.
    pub(crate) fn crates_for_build(&self) -> Result<BTreeSet<String>> {
        let own = self.crates()?;
        Ok(self.tree("normal,build")?.difference(&own).cloned().collect())
    }

    /// What stands in its lock file, as name and version.
    pub(crate) fn lock_entries(&self) -> Result<BTreeSet<String>> {
        let lock = fs::read_to_string(self.folder.join("Cargo.lock"))?;
        let packages = lock.split("[[package]]").skip(1);
        let field = |package: &str, name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        let entry = |package| Some(format!("{} {}", field(package, "name")?, field(package, "version")?));
        let entries: Option<BTreeSet<String>> = packages.map(entry).collect();
        entries.context("a lock file that cannot be read")
    }

    /// Builds it as its maintainer does for a release, from nothing. Returns the bytes of the program.
    pub(crate) fn build(&self) -> Result<u64> {
        let target = self.folder.join("target");
        let mut build = self.cargo("build");
        build.args(["--release", "--offline", "--quiet", "--target-dir"]).arg(&target);
        ensure!(build.status()?.success(), "{} does not build", self.folder.display());
        Ok(fs::metadata(target.join("release/host"))?.len())
    }
}
