//! A user of the product before a site that was really published: whether they are in it, by their own secret alone.

use std::fs;
use std::process::Output;

use aboveboard_testkit::published::MadeUpSite;
use harness::crowd::Member;
use harness::home::Home;

use crate::publishing::maker::{Maker, files};

/// Runs the users' verb in a home.
fn verb(maker: &Maker, home: &Home, words: &[&str]) -> Output {
    let mut command = home.program(harness::binary("aboveboard"));
    command.arg("--manifest").arg(maker.manifest()).args(words);
    command
        .env("ACORN_TELEMETRY_ALLOW_PRIVATE", "true")
        .env("ACORN_TELEMETRY_ENDPOINT", "http://127.0.0.1:9");
    maker.clocked(&mut command).output().expect("the program runs")
}

/// A user who consented, as the installation that this secret makes of them.
fn user(maker: &Maker, secret: &[u8; 32]) -> Home {
    let home = Home::new();
    let on = verb(maker, &home, &["on"]);
    assert!(on.status.success(), "{on:?}");
    let record = verb(maker, &home, &["exec", "--command", "plant", "--", "/bin/true"]);
    assert!(record.status.success(), "{record:?}");
    let state = home.path().join(".local/state/acorn/telemetry");
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(state.join("secret"), hex + "\n").expect("a secret");
    fs::write(state.join("collectors"), format!("https://{} answer\n", harness::crowd::HOST))
        .expect("a list");
    home
}

#[test]
fn who_was_counted_finds_their_line_and_who_was_not_does_not() {
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..600, "2026-06-20");
    maker.receive(0..600, "2026-06-26");
    maker.apply();
    maker.pass("2026-07-16");
    maker.publish_ok(&["run"]);
    let mut site = MadeUpSite::empty("https://acorn.example/figures");
    site.files = files(&maker.site());
    let address = format!("{}/figures", site.serve());
    let told = |secret: &[u8; 32]| {
        let home = user(&maker, secret);
        let output = verb(&maker, &home, &["published", "--site", &address]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{words}");
        let data = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            data.starts_with("Acorn, 2026-q2: published figures from 2026-04-01 to 2026-06-30\n"),
            "{data}"
        );
        words
    };
    for member in [0, 17, 599] {
        let words = told(&Member(member).secret());
        assert!(words.contains("this installation was counted"), "{member}: {words}");
    }
    for stranger in [Member(600).secret(), [9; 32]] {
        let words = told(&stranger);
        assert!(words.contains("this installation was not counted"), "{words}");
    }
}
