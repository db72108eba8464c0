//! The program built without the feature `uploader`: it records, shows and hands over by file, and holds no network.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]
#![cfg(not(feature = "uploader"))]

#[path = "program/home.rs"]
#[allow(dead_code, reason = "no file is written into the home here")]
mod home;

use std::process::Command;

use home::{Home, said};

#[test]
fn no_network_crate_is_compiled() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package=aboveboard-agent", "--no-default-features", "--offline"])
        .args(["--edges=normal", "--prefix=none", "--format={lib}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.contains(&"aboveboard_cli_agent"), "{tree}");
    for absent in ["ureq", "rustls", "ring", "webpki_roots", "tokio"] {
        assert!(!crates.contains(&absent), "{absent}: {tree}");
    }
}

#[test]
fn it_records_and_hands_over_and_says_what_it_cannot_do() {
    let home = Home::new();
    let code = |arguments: &[&str]| home.run(arguments).status.code();
    assert_eq!(code(&["on"]), Some(0));
    assert_eq!(code(&["record", "migrations-ended", "--field", "took=2s"]), Some(0));
    assert!(said(&home.run(&["preview"])).contains("\"name\":\"migrations-ended\""));
    for verb in [
        &["send"][..],
        &["held"],
        &["published"],
        &["import", "file"],
        &["status", "--server", "http://127.0.0.1:9"],
    ] {
        let output = home.run(verb);
        assert_eq!(output.status.code(), Some(1), "{verb:?}: {output:?}");
        assert!(said(&output).starts_with("error: this build has no uploader"), "{verb:?}: {output:?}");
    }
    assert!(said(&home.run(&["preview"])).contains("\"name\":\"migrations-ended\""), "nothing was lost");
    // The date of a delivery is for whoever delivers in its place, and here is nobody.
    assert!(said(&home.run(&["status"])).contains("sent by: nobody"));
    assert_eq!(code(&["export", "file"]), Some(0));
    assert!(std::fs::read_to_string(home.path().join("file")).unwrap().contains("migrations-ended"));
}

#[test]
fn an_erasure_waits_for_a_build_that_hands_it_in() {
    let home = Home::new();
    assert_eq!(home.run(&["on"]).status.code(), Some(0));
    assert_eq!(home.run(&["record", "migrations-ended"]).status.code(), Some(0));
    assert_eq!(home.run(&["export", "file"]).status.code(), Some(0));
    let off = home.run(&["off", "--forget"]);
    assert_eq!(off.status.code(), Some(6), "{off:?}");
    assert!(said(&off).contains("no uploader"), "{off:?}");
    let left = home.run(&["forget"]);
    assert_eq!(left.status.code(), Some(6), "the ticket stays: {left:?}");
    assert_eq!(home.run(&["status", "--check"]).status.code(), Some(3));
}
