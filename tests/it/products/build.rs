//! The example products as their compilers make them, once for a run of the tests, below the target directory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use harness::binary;

use super::profile::{example, root};

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
    let output = folder.display().to_string();
    for words in [&["vet", "./..."][..], &["build", "-buildvcs=false", "-o", &output, "./..."]] {
        let mut go = Command::new("go");
        // The cache is that of the Go client's own tests.
        go.current_dir(example(product)).env("HOME", &target).env("GOCACHE", target.join("../../go"));
        go.envs([
            ("GOFLAGS", "-mod=mod"),
            ("GOPROXY", "off"),
            ("GOTOOLCHAIN", "local"),
            ("CGO_ENABLED", "0"),
        ]);
        let output = go.args(words).output().expect("go runs");
        assert!(output.status.success(), "{product}: {}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

/// The folder with a product in TypeScript as Node runs it; `None` where Node or the compiler is not installed. What the
/// types keep out is compiled too, and must be an error.
///
/// # Panics
/// If it does not compile.
pub(super) fn typescript(product: &str) -> Option<PathBuf> {
    static BUILT: OnceLock<()> = OnceLock::new();
    let compiler = root().join("packages/node/node_modules/.bin/tsc");
    if !has("node", "--version") || !has(compiler.to_str().expect("a path of text"), "--version") {
        return None;
    }
    let folder = binary("aboveboard").with_file_name("example-products").join(product);
    BUILT.get_or_init(|| {
        let mut compile = Command::new(&compiler);
        compile.arg("-p").arg(example(product)).arg("--outDir").arg(&folder);
        let output = compile.output().expect("the compiler runs");
        assert!(output.status.success(), "{product}: {}", String::from_utf8_lossy(&output.stdout));
    });
    Some(folder)
}

/// The folder of packages from PyPI that the set-up installed, if this one is there.
///
/// # Panics
/// If it is not, where every test must run.
pub(super) fn python_packages(package: &str) -> Option<PathBuf> {
    let folder = root().join("target/python-products");
    let found = folder.join(package).is_dir();
    let must = std::env::var_os("ABOVEBOARD_MUST_RUN").is_some();
    assert!(found || !must, "must run, and cannot: {package} is not installed in {}", folder.display());
    found.then_some(folder)
}
