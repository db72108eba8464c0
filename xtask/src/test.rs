//! The one test command. Everything is built once in the test profile and once for the lints.

use anyhow::Result;

use crate::run::{cargo, program, root, step};
use crate::{layering, package, setup, tidy};

/// Set-up, then everything.
pub(crate) fn all() -> Result<()> {
    setup::tools()?;
    setup::node_tools()?;
    setup::product_packages()?;
    code(true)?;
    supply_chain()?;
    console()?;
    clients()?;
    oracle(&[])?;
    browser()
}

/// Formats, borders, lints, documents, tests.
pub(crate) fn quick() -> Result<()> {
    code(false)
}

/// With `everything`, a test that finds its tools or rights missing fails instead of stepping aside.
fn code(everything: bool) -> Result<()> {
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    layering::check()?;
    tidy::check()?;
    package::msrv()?;
    package::package(package::Verify::No)?;
    step(
        "lints",
        cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]),
    )?;
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings");
    step("documents", &mut doc)?;
    without_uploader()?;
    // The binaries that the scenario tests run are built by the same call: cargo builds a package's binaries
    // before its integration tests, and the tests package finds them beside its own.
    step("build", cargo().args(["build", "--workspace", "--all-targets", "--quiet"]))?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--quiet"]);
    if everything {
        test.env("ABOVEBOARD_MUST_RUN", "1");
    }
    step("tests", &mut test)
}

/// The agent for any language without the network. Its binary is replaced by the build of everything.
fn without_uploader() -> Result<()> {
    const PACKAGE: [&str; 3] = ["--package=aboveboard-agent", "--no-default-features", "--quiet"];
    step(
        "lints without uploader",
        cargo().arg("clippy").args(PACKAGE).args(["--all-targets", "--", "-D", "warnings"]),
    )?;
    // What a command line program builds that leaves delivery to another.
    let mut recorder = cargo();
    recorder.args([
        "clippy",
        "--package=aboveboard",
        "--no-default-features",
        "--features=telemetry,recorder",
    ]);
    step("lints of the recorder", recorder.args(["--quiet", "--", "-D", "warnings"]))?;
    step("tests without uploader", cargo().arg("test").args(PACKAGE).arg("--test=without_uploader"))
}

fn supply_chain() -> Result<()> {
    let deny = setup::cargo_deny()?;
    let mut check = program(&deny.to_string_lossy());
    step("supply chain", check.args(["--log-level=error", "check", "bans", "licenses", "sources"]))
}

/// The npm package: types, size, unit tests, and that the built client in the bridge is the build of the source.
fn console() -> Result<()> {
    let folder = root().join("packages/console");
    step("console package: install", program("npm").args(["ci", "--silent"]).current_dir(&folder))?;
    step("console package: tests", program("npm").args(["run", "--silent", "check"]).current_dir(&folder))?;
    package::npm("console")
}

/// The clients for Node, Python and Go, with the real agent, and their guides.
pub(crate) fn clients() -> Result<()> {
    setup::node_tools()?;
    let binaries = crate::run::binaries()?;
    let mut test = program("npm");
    test.args(["run", "--silent", "check"]).current_dir(root().join("packages/node"));
    step("Node client: tests", test.env("ABOVEBOARD_BINARIES", &binaries))?;
    package::npm("node")?;
    let mut test = program("python3");
    test.args(["-B", "-W", "error", "-m", "unittest", "discover", "--start-directory", "tests"]);
    test.current_dir(root().join("packages/python")).env("PYTHONPATH", "src");
    test.env("ABOVEBOARD_PYTHON_TOOLS", setup::python_tools()?);
    step("Python client: tests", test.env("ABOVEBOARD_BINARIES", &binaries))?;
    let mut test = program("go");
    test.args(["test", "-count=1", "."]).current_dir(root().join("packages/go"));
    test.env("GOCACHE", root().join("target/go")).env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0");
    step("Go client: tests", test.env("ABOVEBOARD_BINARIES", &binaries))?;
    let mut test = program("python3");
    test.args(["-B", "-W", "error", "-m", "unittest", "discover", "--start-directory", "tests/guides"]);
    test.env("GOCACHE", root().join("target/go")).env("ABOVEBOARD_PYTHON_TOOLS", setup::python_tools()?);
    step("guides", test.env("ABOVEBOARD_BINARIES", &binaries))
}

/// Every table of a real collector, recomputed from random histories; `options` are those of the oracle.
pub(crate) fn oracle(options: &[&str]) -> Result<()> {
    let mut compare = program("python3");
    compare.args(["-B", "-W", "error", "tests/oracle", "--binary"]);
    step("oracle", compare.arg(crate::run::binaries()?.join("aboveboard")).args(options))
}

/// A real browser on the real binaries.
fn browser() -> Result<()> {
    let tests = root().join("tests/browser");
    step("browser: install", program("npm").args(["ci", "--silent"]).current_dir(&tests))?;
    let mut test = program("npm");
    test.args(["test", "--silent"]).current_dir(&tests);
    step("browser: tests", test.env("ABOVEBOARD_BINARIES", crate::run::binaries()?))
}
