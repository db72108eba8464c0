//! What is not declared does not compile, and the compiler's words say what is wrong.
//!
//! One run builds every case in one package. It is a build and not a check (the passing case makes it one), since
//! a constant out of bounds is found when code is generated.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::fs;
use std::path::Path;

#[test]
fn what_is_not_declared_does_not_compile() {
    // The cases are compiled in a package of trybuild's, which is where `manifest!` looks for their manifests.
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tests/trybuild/aboveboard-macros");
    fs::create_dir_all(&package).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (from, to) in [
        ("../manifest/tests/fixtures/every.toml", "telemetry.toml"),
        ("tests/compile_fail/broken.toml", "broken.toml"),
    ] {
        fs::copy(root.join(from), package.join(to)).unwrap();
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile_fail/declared.rs");
    for case in
        ["broken_manifest", "constant_out_of_bounds", "missing_count", "text_in_a_field", "undeclared_name"]
    {
        cases.compile_fail(format!("tests/compile_fail/{case}.rs"));
    }
}
