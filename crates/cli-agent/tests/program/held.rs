//! `held` before a collector that answers what it likes.

use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::collector::{Answer, Collector};
use super::tool::Home;

/// Runs `held` against a collector that answers it with such pages.
fn held_of(page: fn(&str) -> String, arguments: &[&str]) -> (Output, usize) {
    let collector = Collector::start(Answer::Held(page));
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    let output = home.run(&collector.endpoint, &[&["telemetry", "held"], arguments].concat());
    let asked = std::iter::from_fn(|| collector.arrived()).filter(|received| received.path == "/v1/held");
    (output, asked.count())
}

#[test]
fn a_collector_that_always_names_another_page_is_asked_for_so_many_bytes_and_no_more() {
    /// The day of the question, or the first.
    fn endless(question: &str) -> String {
        let year: u32 =
            question.split_once("\"from\":\"").map_or(2_000, |(_, from)| from[..4].parse().unwrap());
        let event = "x".repeat(60_000);
        let next = year + 1;
        format!(r#""days":[{{"day":"{year}-01-01","events":["{event}"]}}],"next":"{next}-01-01""#)
    }
    for arguments in [&[][..], &["--json"]] {
        let (output, asked) = held_of(endless, arguments);
        assert_eq!(output.status.code(), Some(6), "{}", output.stdout.len());
        assert!((200..400).contains(&asked), "{asked} pages");
        assert!(output.stdout.len() < 20 << 20, "{}", output.stdout.len());
        assert!(String::from_utf8_lossy(&output.stderr).contains("ever more pages"));
        if arguments == ["--json"] {
            let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(document[0]["days"].as_array().unwrap().len(), asked);
        }
    }
    let still: [fn(&str) -> String; 3] = [
        |_| r#""days":[],"next":"2026-01-01""#.to_owned(),
        |_| r#""days":[{"day":"2026-01-01"}],"next":"2026-01-01""#.to_owned(),
        |question| {
            let next = if question.contains("02-02") { "2026-01-01" } else { "2026-02-02" };
            format!(r#""days":[],"next":"{next}""#)
        },
    ];
    for page in still {
        let (output, asked) = held_of(page, &["--json"]);
        assert_eq!(output.status.code(), Some(6), "{output:?}");
        assert!(asked <= 2, "{asked} pages");
        assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "{output:?}");
    }
}

#[test]
fn what_a_collector_says_that_it_holds_makes_no_line_of_its_own() {
    let forged: [fn(&str) -> String; 8] = [
        |_| r#""first":"2026-01-01\nFORGED","days":[]"#.to_owned(),
        |_| r#""first":"2026-01-01","last":"x\tFORGED","days":[]"#.to_owned(),
        |_| r#""first":"2026-01-01","retention":"1 year\nFORGED","days":[]"#.to_owned(),
        |_| r#""first":"2026-01-01","days":[{"day":"2026-01-01\nFORGED"}]"#.to_owned(),
        |_| r#""first":"2026-01-01","days":[{"day":"2026-01-01\n"}]"#.to_owned(),
        |_| r#""first":"2026-01-01","days":[],"next":"2026-01-02\nFORGED""#.to_owned(),
        |_| r#""first":["\nFORGED"],"days":[]"#.to_owned(),
        |_| {
            r#""first":"2026-01-01","periods":[{"first":"2026-01-01","last":"x\nFORGED","revision":1}],"days":[]"#
                .to_owned()
        },
    ];
    for (which, page) in forged.into_iter().enumerate() {
        let (output, _) = held_of(page, &[]);
        assert_eq!((output.status.code(), &*output.stdout), (Some(6), &b""[..]), "{which}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("FORGED"), "{which}: {output:?}");
    }
    // An event is a line, whatever it holds.
    let (output, _) = held_of(
        |_| {
            r#""first":"2026-01-01","days":[{"day":"2026-01-01","events":[{"x":"a\nb\tc"},"\nd"]}]"#
                .to_owned()
        },
        &[],
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4);
}

#[test]
fn in_which_periods_of_published_figures_it_is_known_is_told() {
    let page = |_: &str| {
        r#""first":"2026-11-22","periods":[{"first":"2026-10-01","last":"2026-12-31","revision":7}],"days":[]"#
            .to_owned()
    };
    let (output, _) = held_of(page, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let told = "  that it was there from 2026-10-01 to 2026-12-31, for published figures by revision 7";
    assert!(text.lines().any(|line| line == told), "{text}");
    let (output, _) = held_of(page, &["--json"]);
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all[0]["periods"][0]["revision"], 7, "{all}");
}

#[test]
fn who_has_to_wait_for_what_is_held_waits_and_asks_again() {
    static LATER: AtomicUsize = AtomicUsize::new(2);
    let collector = Collector::start(Answer::HeldLater(&LATER));
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    home.run(&collector.endpoint, &["good"]);
    home.verb(&collector.endpoint, &["send"]);
    let output = home.run(&collector.endpoint, &["telemetry", "held"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(LATER.load(Ordering::SeqCst), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("2026-11-24"), "{output:?}");
    let asked = std::iter::from_fn(|| collector.arrived()).filter(|received| received.path == "/v1/held");
    assert_eq!(asked.count(), 4, "two pages, and twice in vain");
}
