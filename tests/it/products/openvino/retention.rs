//! What the collector keeps, and for how long.

use std::cell::Cell;
use std::path::Path;

use aboveboard_types::id::Id;
use harness::clock::Clock;
use harness::collector::Collector;
use harness::home::walk;
use harness::until;
use serde_json::Value;

use super::tools::Tools;
use crate::products::machine::{Machine, Seal};
use crate::products::profile::{OPENVINO, PODMAN_DESKTOP, Profile, example};
use crate::products::sent::batches;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[test]
fn row_21_raw_data_is_deleted_after_26_months_and_its_counts_remain() {
    let clock = Clock::new();
    let collector = Collector::by_clock(&clock, "");
    let Some(tools) = Tools::install_on(Machine::with(collector, &[OPENVINO, PODMAN_DESKTOP])) else {
        return;
    };
    assert!(tools.ovc(&["telemetry", "on"]).status.success());
    assert!(tools.ovc(&["hunter2.onnx"]).status.success());
    assert_eq!(tools.sent("command").len(), 1);
    let id = batches(&tools.machine.state(OPENVINO))[0]["installation"].clone();
    let id = Id::parse(id.as_str().expect("an id")).expect("an id");
    // Another product, whose raw data is kept for 13 months.
    let folder = tools.machine.install(PODMAN_DESKTOP, &example("podman-desktop/src"), Seal::Release);
    for words in [&["on"][..], &["record", "stopped"], &["send"]] {
        let mut agent = tools.machine.home.program(folder.join("aboveboard-agent"));
        agent.arg("--manifest").arg(folder.join("telemetry.sealed")).args(words);
        tools.machine.succeeds(&mut agent);
    }
    assert_eq!(tools.machine.counted(OPENVINO, "cli", 2), 2);
    assert_eq!(tools.machine.counted(PODMAN_DESKTOP, "app", 1), 1);
    let collector = &tools.machine.collector;
    let raw = |product: Profile| {
        let rows = collector.text(&format!("/api/rows.jsonl?product={}&show=all", product.product));
        rows.lines().filter(|line| !line.is_empty()).count()
    };
    until("the rows", || (raw(OPENVINO) == 2 && raw(PODMAN_DESKTOP) == 1).then_some(()));
    assert!(is_stored(collector.data(), &id), "or the search finds nothing");
    let rows = collector.text("/api/rows.jsonl?product=openvino&show=all");
    let row: Value = serde_json::from_str(rows.lines().next().expect("a row")).expect("JSON");
    let day = row["day"].as_str().expect("a day").to_owned();
    let counts = |table: &str| {
        collector.text(&format!("/api/tables/{table}.csv?product=openvino&show=all&until={day}&days=7"))
    };
    // The command and its runs.
    let runs = || -> Vec<String> {
        counts("commands").lines().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",")).collect()
    };
    let before = (runs(), counts("events"));
    assert!(before.0.contains(&"\"ovc\",\"1\"".to_owned()), "{before:?}");

    let ahead = Cell::new(0);
    let pass = |seconds: i64| {
        ahead.set(ahead.get() + seconds);
        clock.set(ahead.get(), ahead.get());
    };
    pass(400 * DAY);
    // A collector believes a clock that leapt once it has stayed there for six hours.
    until("the end of 13 months", || {
        pass(HOUR);
        (raw(PODMAN_DESKTOP) == 0).then_some(())
    });
    assert_eq!(raw(OPENVINO), 2, "kept for 26 months");
    pass(420 * DAY);
    until("the end of 26 months", || {
        pass(HOUR);
        (raw(OPENVINO) == 0).then_some(())
    });
    until("the end of the id", || {
        pass(HOUR);
        (!is_stored(collector.data(), &id)).then_some(())
    });
    assert_eq!((runs(), counts("events")), before, "the counts remain");
}

/// Whether an id is in any file below a folder, as a text or as a number.
fn is_stored(folder: &Path, id: &Id) -> bool {
    let text = id.to_string();
    let number = u128::from_str_radix(&text.replace('-', ""), 16).expect("an id").to_be_bytes();
    let mut found = false;
    walk(folder, &mut |file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        found |= [text.as_bytes(), &number].iter().any(|id| bytes.windows(id.len()).any(|part| part == *id));
    });
    found
}
