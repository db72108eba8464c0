//! What the host has of its own under the names of telemetry is the host's, and it hands over what that means.

use super::tool::{CLOSED, Home};

fn run(home: &Home, arguments: &[&str]) -> Option<i32> {
    let output = home.tool(CLOSED).env("TOOL_SHAPE", "own").args(arguments).output().unwrap();
    output.status.code()
}

/// A host whose verbs are at `tool privacy`, and in which telemetry is on.
fn consenting() -> Home {
    let home = Home::new();
    assert_eq!(run(&home, &["privacy", "on"]), Some(0));
    home
}

/// How many commands were recorded.
fn recorded(home: &Home) -> usize {
    let output = home.tool(CLOSED).env("TOOL_SHAPE", "own").args(["privacy", "preview"]).output().unwrap();
    let preview = String::from_utf8(output.stdout).unwrap();
    if preview.contains("\"batch\":\"00000000-") {
        0
    } else {
        preview.matches("\"name\":\"command\"").count()
    }
}

#[test]
fn a_verb_at_a_place_of_the_hosts_own_does_what_it_does_elsewhere() {
    let home = consenting();
    assert_eq!(run(&home, &["privacy", "status", "--check"]), Some(0));
    assert_eq!(run(&home, &["privacy", "bogus"]), Some(2));
    let status = home.tool(CLOSED).env("TOOL_SHAPE", "own").args(["privacy", "status"]).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("`tool privacy off` refuses"), "{status}");
    // The host's own subcommand runs.
    assert_eq!(run(&home, &["telemetry"]), Some(0));
    assert_eq!(run(&home, &["privacy", "off"]), Some(0));
    assert_eq!(run(&home, &["privacy", "status", "--check"]), Some(3));
}

#[test]
fn a_no_by_the_hosts_own_switch_is_a_no_in_every_spelling_and_nothing_else_is() {
    for (arguments, expected) in [
        (&["good"][..], 1),
        (&["--enable-telemetry", "true", "good"], 1),
        (&["--enable-telemetry", "false", "good"], 0),
        (&["--enable-telemetry=false", "good"], 0),
        (&["--report", "true", "good"], 1),
        (&["--report", "false", "good"], 0),
        (&["--usage", "on", "good"], 1),
        (&["--usage", "off", "good"], 0),
        (&["--usage", "perhaps", "good"], 0),
    ] {
        let home = consenting();
        assert_eq!(run(&home, arguments), Some(0), "{arguments:?}");
        assert_eq!(recorded(&home), expected, "{arguments:?}");
    }
}

#[test]
fn a_yes_by_the_hosts_own_switch_consents_only_where_the_host_hands_it_over() {
    for (arguments, expected) in
        [(&["--enable-telemetry", "true", "good"][..], false), (&["--usage", "on", "good"], true)]
    {
        let home = Home::new();
        assert_eq!(run(&home, arguments), Some(0), "{arguments:?}");
        assert_eq!(home.state().exists(), expected, "{arguments:?}");
    }
}
