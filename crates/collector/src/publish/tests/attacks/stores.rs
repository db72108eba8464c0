//! Stores of many installations, from what a log says of each to what a draw gathers.

use aboveboard_manifest::Manifest;
use aboveboard_published::counted;
use aboveboard_published::period::PublicationId;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::contributions::{ContributionRequest, ContributorFilter, Layout, StoreContributions};
use aboveboard_store::entry::{Arrival, LogEntry};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::Days;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, Sketch, end, placed};
use aboveboard_store_sqlite::{Expect, SqliteReader, open};
use aboveboard_types::id::Id;

use crate::publish::{DrawError, TrueCounts};

/// A command that ended well.
pub(super) const FIRED: &str = r#""name":"command","command":"fire","run":"RUN","error":false"#;

/// The quarter in which everything here happens.
pub(super) fn quarter() -> PublicationId {
    PublicationId::parse("2027-q1").unwrap()
}

/// A batch that one of many installations sends: a command line on Linux, unless it is said otherwise.
pub(super) struct Sent<'e> {
    pub(super) installation: u32,
    /// The days after the first of all.
    pub(super) day: i64,
    pub(super) component: &'static str,
    /// Events, and how many days before its receipt they lie.
    pub(super) events: &'e [(&'static str, i64)],
}

impl Sent<'_> {
    pub(super) fn entry(&self) -> LogEntry {
        let number = 2 * u32::try_from(self.day).unwrap() + u32::from(self.component == "server");
        let installation = id(self.installation);
        let batch = id(number);
        let day = self.day - 20;
        let events: Vec<_> =
            self.events.iter().map(|(event, ago)| (*event, ago * SECONDS_A_DAY + 60)).collect();
        let sketch = Sketch {
            product: "kiln",
            component: self.component,
            version: "2.1.0",
            received: NOW + day * SECONDS_A_DAY,
            ..Sketch::new(1, 2, &events)
        };
        let body = sketch.body();
        // A sketch tells few installations apart.
        let body = body.replace(&Sketch::id(1).to_string(), &batch.to_string());
        let body = body.replace(&Sketch::id(2).to_string(), &installation.to_string());
        let body = body.replace("\"revision\":1", "\"revision\":3").into_bytes();
        let counted_value = Some(value(self.installation));
        LogEntry::Batch(Arrival { received: sketch.received, skew: 0, refused: 0, counted_value, body })
    }
}

fn id(number: u32) -> Id {
    let mut bytes = [7; 16];
    bytes[..2].copy_from_slice(&[0x51, 0xa4]);
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Id::from_custom(bytes)
}

/// What only the installation can compute.
pub(super) fn value(installation: u32) -> counted::Value {
    let mut send = [9; 32];
    send[..4].copy_from_slice(&installation.to_be_bytes());
    counted::value(&send)
}

/// Installations that fire on two days so far apart that they are verified.
pub(super) fn faithful(installations: std::ops::Range<u32>) -> Vec<LogEntry> {
    let on = |installation, day| Sent { installation, day, component: "cli", events: &[(FIRED, 0)] }.entry();
    let days = |day| installations.clone().map(move |installation| on(installation, day));
    days(1).chain(days(4)).collect()
}

/// What a draw gathers of a store that applied these entries.
pub(super) fn gathered(manifest: &Manifest, entries: &[LogEntry]) -> Result<TrueCounts, DrawError> {
    let mut manifests = ManifestsInForce::default();
    manifests.insert(std::sync::Arc::new(manifest.clone().into()));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.sqlite");
    let mut store = open(&file, Expect::New).unwrap();
    store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &manifests)).unwrap();
    let reader = SqliteReader::open(&file).unwrap();
    let day = |day: u32| Day::try_from(day).unwrap();
    let period = quarter().period;
    let request = ContributionRequest {
        product: "kiln",
        days: Days { first: day(period.first()), last: day(period.last()) },
        layout: &Layout::of(manifest, &manifest.product.releases),
        contributors: ContributorFilter::Counted,
    };
    TrueCounts::gather(&StoreContributions::new(&reader, &manifests), &request, true)
}
