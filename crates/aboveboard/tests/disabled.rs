//! A build without the feature `telemetry` is the same program without telemetry: no agent and no network crate is
//! compiled, no manifest lies in the binary, and the verbs say so.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::path::PathBuf;
use std::process::{Command, Output};

const DISABLED: [&str; 4] =
    ["--package=aboveboard", "--no-default-features", "--features=server,cli,console", "--offline"];

fn cargo(verb: &str, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO"))
        .arg(verb)
        .args(DISABLED)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn no_agent_and_no_network_crate_is_compiled() {
    let tree = cargo("tree", &["--edges=normal", "--prefix=none", "--format={lib}"]).stdout;
    let tree = String::from_utf8(tree).unwrap();
    let crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.contains(&"aboveboard_types"), "{tree}");
    for absent in [
        "aboveboard_enabled",
        "aboveboard_cli_agent",
        "aboveboard_console_bridge",
        "aboveboard_core",
        "aboveboard_delivery",
        "aboveboard_files",
        "aboveboard_server_agent",
        "hyper",
        "reqwest",
        "rustls",
        "tokio",
        "ureq",
    ] {
        assert!(!crates.contains(&absent), "{absent} is in the build:\n{tree}");
    }
}

/// The host that both builds compile would prove nothing about a method that it does not call.
#[test]
fn the_host_that_both_builds_compile_calls_everything_that_hosts_can_call() {
    let host = include_str!("face/host.rs");
    let mut names = Vec::new();
    for (folder, files) in [
        ("server-agent", &["agent", "handle", "router", "status"][..]),
        ("cli-agent", &["agent", "arguments", "command", "console", "link", "resident"]),
        ("command-line", &["switch"]),
        ("console-bridge", &["bridge", "origins", "router"]),
    ] {
        for file in files {
            let path = format!("{}/../{folder}/src/{file}.rs", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&path).unwrap();
            // What is hidden is for the agent of programs in other languages, which is no host.
            let text = text.replace("#[doc(hidden)]\n    pub fn", "");
            let public = text.lines().map(str::trim_start).filter_map(|line| line.strip_prefix("pub "));
            let signatures = public.filter_map(|rest| rest.split_once("fn "));
            names.extend(signatures.map(|(_, rest)| {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
                format!("{path}: {}", &rest[..end])
            }));
        }
    }
    assert!(names.len() > 40, "{names:?}");
    for named in &names {
        let (_, name) = named.rsplit_once(": ").unwrap();
        let is_called = [".", "::"].iter().any(|before| {
            [format!("{before}{name}("), format!("{before}{name}::<")].iter().any(|call| host.contains(call))
        });
        assert!(is_called, "tests/face/host.rs does not call {named}");
    }
}

#[test]
fn the_same_program_builds_runs_and_holds_no_manifest() {
    cargo("build", &["--example=host"]);
    let host = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("debug/examples/host");
    assert_eq!(aboveboard_manifest::inspect(std::fs::File::open(&host).unwrap()).unwrap(), []);

    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&host);
        command.args(arguments).env("HOME", home.path()).env("EVERY_TYPE_ENABLE_TELEMETRY", "true");
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(
        run(&["--enable-telemetry", "about"]),
        (Some(0), "commands [\"about\"], server off\n".to_owned())
    );
    for (verb, code, stdout) in [
        (&["telemetry", "status"][..], 0, "off: this build holds no telemetry\n"),
        (&["telemetry", "status", "--json"], 0, "{\"mode\":\"off\",\"because\":\"build\"}\n"),
        (&["telemetry", "status", "--check"], 3, ""),
        (&["telemetry", "on"], 3, ""),
        (&["telemetry", "off", "--forget"], 0, ""),
        (&["telemetry", "preview"], 3, ""),
        (&["telemetry", "sent", "--json"], 0, "[]\n"),
        (&["telemetry", "doctor"], 0, ""),
        (&["telemetry", "commands"], 0, "about\n"),
        (&["telemetry", "bogus"], 2, ""),
        (&["telemetry"], 2, ""),
    ] {
        assert_eq!(run(verb), (Some(code), stdout.to_owned()), "{verb:?}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}
