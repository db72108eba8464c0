//! A collector with a past: some weeks of one product, each batch with the time of its receipt.

use std::path::Path;

use aboveboard_store::entry::Arrival;

use crate::test_collector::{MANIFEST, TestCollector, batch_of, now, with_manifest};

/// How many installations there are.
pub(crate) const INSTALLATIONS: u64 = 60;

/// How many days before today the past begins.
pub(crate) const DAYS: u64 = 63;

const DAY: u64 = 86_400;

/// Whether an installation runs a command so many days ago: on two days of three.
fn is_there(installation: u64, ago: u64) -> bool {
    !(installation + ago).is_multiple_of(3)
}

/// The batch of an installation on a day: one run of `init`, which fails for one installation in ten, and in the last three
/// days for one in two.
fn body(installation: u64, ago: u64, time: u64) -> Vec<u8> {
    let text = batch_of("quarry", MANIFEST, installation, installation * 100 + ago);
    let text = String::from_utf8(text).unwrap();
    let (before, rest) = text.split_once("\"time\":").unwrap();
    let (_, after) = rest.split_once(',').unwrap();
    let fails = installation.is_multiple_of(if ago <= 3 { 2 } else { 10 });
    let after = if fails { after.replace("\"error\":false", "\"error\":true") } else { after.to_owned() };
    format!("{before}\"time\":{time},{after}").into_bytes()
}

/// Lays batches of [`DAYS`] days, up to yesterday, into a data directory.
pub(crate) fn lay_a_past(data: &Path) {
    let today = now() / DAY * DAY;
    let arrivals = (1..=DAYS).rev().flat_map(|ago| {
        let noon = today - ago * DAY + DAY / 2;
        let there = (0..INSTALLATIONS).filter(move |installation| is_there(*installation, ago));
        there.map(move |installation| Arrival {
            received: i64::try_from(noon + 60 + installation).unwrap(),
            skew: 0,
            refused: 0,
            counted_value: None,
            body: body(installation, ago, noon + installation),
        })
    });
    aboveboard_collector::import(data, arrivals).unwrap();
}

/// A collector that has received them and has counted them.
pub(crate) fn collector_with_a_past() -> TestCollector {
    let collector = TestCollector::with_data(|data| {
        with_manifest(data);
        lay_a_past(data);
    });
    collector.settled();
    collector
}
