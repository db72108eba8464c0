//! Other systems, as far as one Linux machine can try them: Windows under Wine, macOS by the compiler alone.
//!
//! Upstream's compiler for these brings a standard library for each; here std is built with the crates, by a compiler of
//! Debian's that has its sources. `xtask/platforms/setup.sh` fetches it into `target/platforms`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, program, step, target};

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// The crates that have a half for Windows.
const PORTED: [&str; 2] = ["aboveboard-files", "aboveboard-core"];

/// Their tests beside the unit tests that run there: the others are about what Unix alone has.
const TESTED: [&str; 4] = ["names", "endpoint", "identity", "spool"];

/// The crates whose code is checked for macOS.
const CHECKED: [&str; 6] = [
    "aboveboard-types",
    "aboveboard-files",
    "aboveboard-core",
    "aboveboard-wire",
    "aboveboard-manifest",
    "aboveboard-macros",
];

/// Tests that Wine 8 cannot pass, each with the reason. They are expected to pass on Windows, which was not seen.
const NOT_UNDER_WINE: [(&str, &str); 2] = [
    (
        "a_no_stands_however_many_notices_are_being_stored_at_that_moment",
        "Wine replaces no file that is open elsewhere (error 5)",
    ),
    (
        "a_directory_that_was_moved_is_known_where_it_is_now",
        "Wine gives a directory another volume once its name has changed",
    ),
];

/// Sets up what is needed, tests the ported crates for Windows under Wine, and checks the crates for macOS.
pub(crate) fn run() -> Result<()> {
    let folder = target()?.join("platforms");
    step("platforms: set-up", program("xtask/platforms/setup.sh").arg(&folder))?;
    let mut windows = build(&folder, "test", WINDOWS);
    windows.args(PORTED.iter().flat_map(|package| ["--package", package]));
    windows.arg("--lib").args(TESTED.iter().flat_map(|test| ["--test", test])).args(["--no-fail-fast", "--"]);
    for (test, why) in NOT_UNDER_WINE {
        println!("    not run under Wine: {test}: {why}");
        windows.args(["--skip", test]);
    }
    step("platforms: Windows under Wine", &mut windows)?;
    let mut macos = build(&folder, "check", MACOS);
    macos.args(CHECKED.iter().flat_map(|package| ["--package", package]));
    step("platforms: macOS, checked", &mut macos)
}

/// A call of cargo for another system, whose std it builds too.
fn build(folder: &Path, task: &str, system: &str) -> Command {
    let path = |name: &str| folder.join(name);
    let mut build = cargo();
    build.args([task, "-Zbuild-std=std,panic_abort,proc_macro", "--target", system]);
    build.env("RUSTC", path("rustc")).env("RUSTDOC", path("rustdoc")).env("RUSTC_BOOTSTRAP", "1");
    // A folder for each tree of sources: another tree with older files would count as built.
    build.env("CARGO_TARGET_DIR", path("target"));
    build.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", "x86_64-w64-mingw32-gcc");
    build.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "/usr/lib/wine/wine64");
    build
        .env("WINEPREFIX", path("wine"))
        .env("WINEDEBUG", "-all")
        .env("WINEARCH", "win64")
        .env_remove("DISPLAY");
    build.env("PROPTEST_CASES", "32");
    build
}
