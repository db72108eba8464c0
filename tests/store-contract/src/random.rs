//! Entries as proptest draws them: late, early, repeated, undeclared, erased.

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::entry::LogEntry;
use proptest::prelude::*;

use super::sketch::{FAILURE, NOW, REPORT, SMALLER, SUCCESS, Sketch, erasure};

const EVENTS: [&str; 10] = [
    SUCCESS,
    FAILURE,
    r#""name":"command","command":"init","run":"RUN","unfinished":true,"server":"SERVER","server_version":"2.0.0-rc""#,
    r#""name":"console","session":"RUN","route":"/","server":"SERVER""#,
    r#""name":"console","session":"RUN","action":"table_tracked","route":"/data/:source""#,
    r#""name":"start-finished","fields":{"provider":"podman","extensions":["compose","kind"]}"#,
    r#""name":"start-finished","fields":{"provider":"other","extensions":[]}"#,
    r#""name":"command","command":"undeclared","run":"RUN","error":false"#,
    REPORT,
    SMALLER,
];

fn sketch() -> impl Strategy<Value = Sketch> {
    let component = prop::sample::select(vec!["server", "cli", "console", "app"]);
    let ago = prop_oneof![
        0..3 * SECONDS_A_DAY,
        Just(0),
        Just(14 * SECONDS_A_DAY),
        Just(14 * SECONDS_A_DAY + 1),
        Just(-1),
        -SECONDS_A_DAY..40 * SECONDS_A_DAY
    ];
    let product = prop::sample::select(vec!["quarry", "quarry", "quarry", "other"]);
    (
        (product, 0u8..40, 0u8..6, component),
        prop::sample::select(vec!["1.2.3", "1.3.0", "2.0.0-rc"]),
        prop::sample::select(vec!["", "\"synthetic\"", "\"ci\",\"test\"", "\"agent\":codex"]),
        prop::sample::select(vec!["", r#""spool-full":3"#, r#""too-old":1,"refused":2"#]),
        (0u64..30, -2 * SECONDS_A_DAY..SECONDS_A_DAY, -400 * SECONDS_A_DAY..400 * SECONDS_A_DAY),
        prop::collection::vec((prop::sample::select(EVENTS.to_vec()), ago), 0..6),
    )
        .prop_map(
            |((product, batch, installation, component), version, marks, outcomes, numbers, events)| {
                let (sequence, late, skew) = numbers;
                let events = events.into_iter().filter(|(body, _)| fits(component, body)).collect();
                let received = NOW + late;
                Sketch {
                    product,
                    batch,
                    installation,
                    component,
                    version,
                    marks,
                    sequence,
                    received,
                    skew,
                    events,
                    outcomes,
                }
            },
        )
}

fn fits(component: &str, body: &str) -> bool {
    match component {
        "server" => body.contains("report"),
        "console" => body.contains("console"),
        "app" => body.contains("start-finished"),
        _ => body.contains("command"),
    }
}

/// Some entries of the log, as proptest draws them.
pub fn entries() -> impl Strategy<Value = Vec<LogEntry>> {
    // Now and then a batch that came before is sent again, and now and then somebody asks to be forgotten.
    let entry = prop_oneof![9 => sketch().prop_map(|sketch| sketch.entry()), 1 => (0u8..6).prop_map(erasure)];
    prop::collection::vec((entry, any::<prop::sample::Index>(), 0u8..4), 1..30).prop_map(|drawn| {
        let mut entries: Vec<LogEntry> = Vec::new();
        for (entry, index, again) in drawn {
            if again == 0 && !entries.is_empty() {
                entries.push(entries[index.index(entries.len())].clone());
            }
            entries.push(entry);
        }
        entries
    })
}
