//! The check of silence against programs that misbehave, each in one way.
//!
//! A process of its own: a child holds the locks of its parent's files until it is executed, and the tests of the
//! spool, which never waits for a lock, are not to meet that.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::process::Command;

use aboveboard_testing::{EffectKind, OptOut, Silence, watch};

/// A shell script that ends by itself.
fn script(text: &str) -> Silence {
    // Without the variable, bash asks the name service for the user's shell.
    let shell = Silence::of("/bin/bash", "quarry").variable(("SHELL", "/bin/sh"));
    shell.arguments(["-c", text, "sh"]).control(false)
}

fn kinds(silence: &Silence) -> Vec<EffectKind> {
    let report = silence.check().unwrap();
    let mut kinds: Vec<_> =
        report.runs.iter().flat_map(|run| run.effects.iter().map(|effect| effect.kind)).collect();
    kinds.dedup();
    kinds
}

#[test]
fn a_program_that_only_reads_is_silent_under_every_switch() {
    let report = script("read line < /etc/passwd; echo a result; echo words >&2").check().unwrap();
    assert!(report.is_silent(), "{report}");
    assert_eq!(report.runs.len(), 12);
    assert!(report.to_string().ends_with("silent under 12 switches"), "{report}");
}

#[test]
fn each_way_to_misbehave_is_found_and_named() {
    for (misdeed, kind) in [
        ("echo mark > left", EffectKind::File),
        ("mkdir left; :", EffectKind::Child),
        ("(exec -a mkdir /bin/mkdir left); :", EffectKind::File),
        (": 2>/dev/null >/dev/tcp/127.0.0.1/9", EffectKind::Socket),
        ("exec 2>/dev/null; : >/dev/udp/127.0.0.1/53", EffectKind::Lookup),
        ("/bin/true; :", EffectKind::Child),
        ("echo telemetry is off >&2", EffectKind::Output),
        ("[ \"$DO_NOT_TRACK\" ] && echo off", EffectKind::Output),
        ("[ -z \"$DO_NOT_TRACK\" ]", EffectKind::Exit),
    ] {
        let found = kinds(&script(misdeed));
        assert!(found.contains(&kind), "{misdeed}: {found:?}");
    }
}

#[test]
fn a_single_switch_that_is_not_obeyed_is_named_with_what_was_done() {
    let obeys_all_but_one = "[ \"$QUARRY_ENABLE_TELEMETRY\" = flase ] && echo mark > left; :";
    let report = script(obeys_all_but_one).check().unwrap();
    let said = report.to_string();
    assert_eq!(report.runs.iter().filter(|run| !run.effects.is_empty()).count(), 1, "{said}");
    assert!(
        said.contains("\n  under the product's variable, unreadable\n    it wrote to the disk: openat("),
        "{said}"
    );
    assert!(said.contains("\n    it wrote to the disk: it left /"), "{said}");
}

#[test]
fn every_no_stands_beside_a_yes_and_reaches_the_program() {
    // Records unless one of the noes says otherwise, and so is silent only if each of them arrives.
    let obeys = r#"
        case "$ENABLE_TELEMETRY" in false|flase) exit;; esac
        case "$QUARRY_ENABLE_TELEMETRY" in true) ;; *) exit;; esac
        case "$DO_NOT_TRACK" in 1) exit;; esac
        case "$1" in --enable-telemetry=*) exit;; esac
        [ -e "$ABOVEBOARD_OFF_D/all" ] || [ -e "$ABOVEBOARD_OFF_D/quarry" ] && exit
        [ -e "$HOME/.config/quarry/consent" ] && exit
        [ -e "$HOME/config" ] && exit
        echo recorded > left"#;
    let own = OptOut::named("the config key").file("config", "no");
    let report = script(obeys).control(true).opt_out(own).check().unwrap();
    assert!(report.is_silent(), "{report}");
    assert!(!report.on.effects.is_empty());
}

#[test]
fn what_is_allowed_is_the_programs_own() {
    assert!(script("echo mark > project").allow(["project"]).check().unwrap().is_silent());
    assert!(!script("echo mark > project; echo > other").allow(["project"]).check().unwrap().is_silent());
}

#[test]
fn what_an_agent_does_is_never_the_programs_own() {
    for script_of_an_agent in [
        "mkdir -p .config/quarry; echo no > .config/quarry/asked",
        "mkdir -p .local/state/quarry/telemetry",
        "sh -c 'exit 0' telemetry-deliver",
    ] {
        let report = script(script_of_an_agent).allow(["", "quarry", "/"]).check().unwrap();
        assert!(!report.is_silent(), "{script_of_an_agent}");
    }
    let report = script("mkdir -p .config/quarry; echo x > .config/quarry/settings")
        .allow(["quarry", "mkdir", "clone"]);
    let report = report.check().unwrap();
    assert!(report.is_silent(), "{report}");
}

#[test]
fn a_check_that_looked_at_nothing_does_not_pass() {
    let nothing_to_see = script(":").control(true).check().unwrap();
    assert!(!nothing_to_see.is_silent());
    assert!(nothing_to_see.to_string().contains("nothing was proved"), "{nothing_to_see}");
    let missing = Silence::of("/nowhere/program", "quarry").check().unwrap_err();
    assert!(missing.contains("/nowhere/program"), "{missing}");
    let unready = script("echo starting").until("ready").check().unwrap_err();
    assert!(unready.contains("\"ready\"") && unready.contains("starting"), "{unready}");
}

#[test]
fn a_program_that_does_not_end_is_watched_until_it_is_ready_and_then_asked_to_end() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("/bin/bash");
    let script = "trap 'echo mark > left; exit 7' TERM; echo ready; while :; do :; done";
    command.args(["-c", script]).env("SHELL", "/bin/sh").current_dir(home.path());
    let watched = watch(&command, Some("ready")).unwrap();
    assert_eq!(watched.status.code(), Some(7));
    assert!(watched.effects.iter().any(|effect| effect.kind == EffectKind::File), "{watched:?}");
}

#[test]
#[should_panic(expected = "not silent")]
fn the_macro_panics() {
    aboveboard_testing::assert_silent!("/bin/sh", "quarry", ["-c", "echo mark > left"], control = false);
}
