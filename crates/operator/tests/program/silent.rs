//! `aboveboard silent`: on a program that is silent, on this binary, and on one that is not.

use std::path::Path;
use std::process::Output;

fn silent(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = super::aboveboard(home.path());
    command.arg("silent").args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[cfg(feature = "demo")]
#[test]
fn the_demo_products_cli_is_silent_and_its_manifest_names_the_product() {
    let home = tempfile::tempdir().unwrap();
    let quarry = home.path().join("quarry");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aboveboard"), &quarry).unwrap();
    let config = r#".config/quarry/config.json={"enable_telemetry": false}"#;
    let output = silent(&["--config", config, "--", quarry.to_str().unwrap(), "version"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.matches("silent  ").count(), 13, "{text}");
    assert!(text.contains("silent  ~/.config/quarry/config.json\n"), "{text}");
    assert!(text.contains("marks, so there was something to see"), "{text}");
}

#[test]
fn this_binary_is_silent_when_it_runs_a_program_of_another_language() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml");
    let aboveboard = env!("CARGO_BIN_EXE_aboveboard");
    let manifest = manifest.to_str().unwrap();
    // The program that it runs is one child, and is expected.
    let allowed = ["--allow", "CLONE_VFORK", "--allow", "execve(\"/bin/echo\"", "--no-flag"];
    let exec =
        ["--", aboveboard, "exec", "--manifest", manifest, "--command", "init", "--", "/bin/echo", "a"];
    let output = silent(&[&["--product", "quarry"], &allowed[..], &exec[..]].concat());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("something to see"), "{text}");
}

#[test]
fn a_program_that_does_not_obey_is_1_and_the_switch_is_named_with_what_was_done() {
    let script = "[ \"$DO_NOT_TRACK\" ] && echo mark > left; :";
    let output = silent(&["--product", "quarry", "--env", "SHELL=/bin/sh", "--", "/bin/sh", "-c", script]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("LOUD    DO_NOT_TRACK\n          it wrote to the disk: openat("), "{text}");
    assert_eq!(text.matches("LOUD").count(), 1, "{text}");
}

#[test]
fn a_program_that_is_silent_with_telemetry_on_too_proves_nothing_unless_it_was_built_without() {
    let never_records = ["--", "/bin/sh", "-c", "exit 127"];
    let output = silent(&[&["--product", "quarry"][..], &never_records].concat());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("LOUD") && text.contains("or it did not run at all\n"), "{text}");
    let output = silent(&[&["--product", "quarry", "--without-telemetry"][..], &never_records].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn what_cannot_be_looked_at_is_1_and_says_why() {
    for (arguments, why) in [
        (&["--", "/bin/echo"][..], "--product ID"),
        (&["--product", "quarry", "--", "/nowhere/program"], "/nowhere/program"),
        (&["--product", "quarry", "--until", "ready", "--", "/bin/echo"], "\"ready\""),
    ] {
        let output = silent(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
}
