//! The oldest versions of direct dependencies that Cargo.toml allows: the crates that others embed build with them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, output, program, root, step};
use crate::workspace::{Package, packages};

/// The compiler that the crates ask for which others embed.
const EMBEDDED: &str = "1.89";

/// Builds them in a copy below the target directory, which has a lock file of its own.
pub(crate) fn build() -> Result<()> {
    let folder = root().join("target/minimal");
    let copy = folder.join("workspace");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let packages = packages()?;
    let embedded: Vec<&Package> =
        packages.iter().filter(|package| package.publish && package.compiler == EMBEDDED).collect();
    copy_sources(&copy)?;
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    fs::write(copy.join("Cargo.toml"), only(&manifest, &embedded)?)?;
    for package in &packages {
        let manifest = copy.join(package.folder.strip_prefix(root())?).join("Cargo.toml");
        fs::write(&manifest, without_tests(&fs::read_to_string(&manifest)?))?;
    }
    fs::remove_file(copy.join("Cargo.lock"))?;
    // An unstable option of cargo; the variable lets the stable one take it.
    let mut resolve = cargo();
    resolve
        .args(["-Z", "direct-minimal-versions", "generate-lockfile", "--quiet"])
        .env("RUSTC_BOOTSTRAP", "1");
    step("minimal versions: resolve", resolve.current_dir(&copy))?;
    let mut check = cargo();
    check.args(["check", "--all-features", "--locked", "--quiet"]);
    check.args(embedded.iter().map(|package| format!("--package={}", package.name))).arg("--target-dir");
    step("minimal versions: build", check.arg(folder.join("target")).current_dir(&copy))
}

/// Copies what git tracks or would track.
fn copy_sources(copy: &Path) -> Result<()> {
    let sources = output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for source in sources.lines().filter(|source| root().join(source).is_file()) {
        let target = copy.join(source);
        fs::create_dir_all(target.parent().context("a file without a folder")?)?;
        fs::copy(root().join(source), target).with_context(|| source.to_owned())?;
    }
    Ok(())
}

/// A package's manifest without what only its tests need: nobody who embeds the package builds that.
fn without_tests(manifest: &str) -> String {
    let mut is_of_tests = false;
    let keeps = |line: &&str| {
        if line.starts_with('[') {
            is_of_tests = *line == "[dev-dependencies]";
        }
        !is_of_tests
    };
    manifest.lines().filter(keeps).flat_map(|line| [line, "\n"]).collect()
}

/// The workspace's manifest with these packages as its only members.
fn only(manifest: &str, packages: &[&Package]) -> Result<String> {
    let folders = packages.iter().filter_map(|package| package.folder.strip_prefix(root()).ok());
    let members: Vec<String> = folders.map(|folder| format!("{:?}", folder.display().to_string())).collect();
    ensure!(!members.is_empty(), "no crate asks for Rust {EMBEDDED}");
    let list = |name: &str| format!("\n{name} = [");
    let without = |text: &str, name: &str| -> Result<(String, String)> {
        let (before, rest) = text.split_once(&list(name)).with_context(|| format!("no {name}"))?;
        let (_, after) = rest.split_once(']').with_context(|| format!("{name} has no end"))?;
        Ok((before.to_owned(), after.to_owned()))
    };
    let (before, after) = without(manifest, "default-members")?;
    let (before, after) = without(&(before + &after), "members")?;
    Ok(format!("{before}{}{}]{after}", list("members"), members.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_need_is_left_out() {
        let manifest =
            "[dependencies]\na = \"1\"\n\n[dev-dependencies]\nb = \"2\"\n\n[[test]]\nname = \"t\"\n";
        assert_eq!(without_tests(manifest), "[dependencies]\na = \"1\"\n\n[[test]]\nname = \"t\"\n");
    }

    #[test]
    fn only_the_named_packages_stay_members() {
        let manifest = "[workspace]\nmembers = [\n  \"a\",\n  \"b\",\n]\ndefault-members = [\"b\"]\n[x]\n";
        let package = Package {
            name: "a".to_owned(),
            folder: root().join("crates/a"),
            publish: true,
            compiler: EMBEDDED.to_owned(),
            dependencies: Vec::new(),
            roots: Vec::new(),
            fields: serde_json::Value::Null,
        };
        let written = only(manifest, &[&package]).unwrap();
        assert_eq!(written, "[workspace]\nmembers = [\"crates/a\"]\n[x]\n");
        assert!(only(manifest, &[]).is_err());
        assert!(only("[workspace]\n", &[&package]).is_err());
    }
}
