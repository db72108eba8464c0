//! `uninstall` leaves nothing, and says what is elsewhere.

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home};

#[test]
fn it_leaves_no_file_and_no_directory_and_the_next_command_is_undecided() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    home.run(CLOSED, &["good"]);
    assert!(!home.files().is_empty());
    let output = home.run(CLOSED, &["telemetry", "uninstall"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the answer too"), "{output:?}");
    let left: Vec<_> =
        home.files().into_iter().filter(|path| path.to_string_lossy().contains("tool")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(home.run(CLOSED, &["telemetry", "status", "--check"]).status.code(), Some(5), "undecided");
    home.verb(CLOSED, &["uninstall"]);
}

#[test]
fn what_is_not_telemetrys_stays() {
    let home = Home::new();
    home.verb(CLOSED, &["off"]);
    let own = home.path().join(".config/tool/config.json");
    std::fs::write(&own, "{}").unwrap();
    home.verb(CLOSED, &["uninstall"]);
    assert!(own.exists());
    assert_eq!(home.answer(), None);
}

/// A home that has sent to this endpoint.
fn sent(endpoint: &str) -> Home {
    let home = Home::new();
    home.verb(endpoint, &["on"]);
    home.run(endpoint, &["good"]);
    home.verb(endpoint, &["send"]);
    home
}

#[test]
fn what_was_sent_is_told_to_stay_unless_the_collector_deletes_it_first() {
    let collector = Collector::start(Answer::Receipt);
    let endpoint = &*collector.endpoint;
    let output = sent(endpoint).run(endpoint, &["telemetry", "uninstall"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("tool telemetry uninstall --forget"),
        "{output:?}"
    );

    let home = sent(endpoint);
    let output = home.run(endpoint, &["telemetry", "uninstall", "--forget"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(home.answer(), None);
    assert!(!home.state().exists());
}

#[test]
fn the_answer_stays_while_a_collector_that_is_to_delete_cannot_be_reached() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    home.run(CLOSED, &["good"]);
    home.run(CLOSED, &["telemetry", "send"]);
    let output = home.run(CLOSED, &["telemetry", "uninstall", "--forget"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(home.answer().is_some());
}
