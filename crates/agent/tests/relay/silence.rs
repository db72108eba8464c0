//! Under each way to opt out, nothing is made, opened, asked or started.

use aboveboard_testing::{OptOut, assert_silent};

use super::home::{AGENT, Home, VERSION, manifest, text};

#[test]
fn off_and_undecided_leave_no_trace() {
    let home = Home::new();
    let lines = home.path().join("lines");
    let said = [
        VERSION,
        r#"{"begin":"init","run":1}"#,
        r#"{"event":"start-finished"}"#,
        r#"{"event":"hunter2"}"#,
        "hunter2",
        r#"{"dropped":3}"#,
        r#"{"link":"off","run":1}"#,
    ];
    std::fs::write(&lines, text(&said)).unwrap();
    let script = "exec \"$0\" relay --manifest \"$1\" --config \"$HOME/config.json\" $3 < \"$2\"";
    let arguments =
        ["-c", script, AGENT, manifest().to_str().unwrap(), lines.to_str().unwrap()].map(str::to_owned);
    assert_silent!(
        "/bin/sh",
        "vectors",
        arguments,
        allow = ["execve("],
        opt_out = OptOut::named("the config key").file("config.json", r#"{"enable_telemetry": false}"#),
    );
}
