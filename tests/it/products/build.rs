//! The example products as their compilers make them, once for a run of the tests, below the target directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use harness::binary;

use super::profile::example;

/// Whether a tool is installed. `version` makes it say its version.
///
/// # Panics
/// If it is not, where every test must run.
pub(super) fn has(tool: &str, version: &str) -> bool {
    let found = Command::new(tool).arg(version).output().is_ok_and(|output| output.status.success());
    let must = std::env::var_os("ABOVEBOARD_MUST_RUN").is_some();
    assert!(found || !must, "must run, and cannot: {tool} is not installed");
    found
}

/// The folder with the programs of a product in Go; `None` where Go is not installed. No module is fetched.
///
/// # Panics
/// If they cannot be built.
pub(super) fn go(product: &str) -> Option<PathBuf> {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    if !has("go", "version") {
        return None;
    }
    // Whoever finds the lock poisoned builds again and sees the same failure.
    let mut built = BUILT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !built.contains_key(product) {
        let folder = compile(product);
        built.insert(product.to_owned(), folder);
    }
    built.get(product).cloned()
}

fn compile(product: &str) -> PathBuf {
    let target = binary("aboveboard").with_file_name("example-products");
    let folder = target.join(product);
    std::fs::create_dir_all(&folder).expect("a folder for the programs");
    let mut build = Command::new("go");
    build.args(["build", "-buildvcs=false", "-o"]).arg(&folder).arg("./...");
    build.current_dir(example(product)).env("HOME", &target).env("GOCACHE", target.join("go-cache"));
    build.envs([("GOFLAGS", "-mod=mod"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0")]);
    let output = build.output().expect("go runs");
    assert!(output.status.success(), "{product}: {}", String::from_utf8_lossy(&output.stderr));
    folder
}
