//! Stores of many installations, from what a log says of each to what a draw gathers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aboveboard_manifest::Manifest;
use aboveboard_published::counted;
use aboveboard_published::period::{CalendarPeriod, PublicationId};
use aboveboard_published::publication::Every;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::contributions::{
    ContributionRequest, ContributorFilter, Layout, StoreContributions, days_of,
};
use aboveboard_store::entry::{Arrival, Erasure, LogEntry};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{Sketch, end, placed};
use aboveboard_store_sqlite::{Expect, SqliteReader, open};
use aboveboard_types::id::Id;
use tempfile::TempDir;

use super::super::samples::{KILN, kiln};
use crate::clock;
use crate::data::DataDirectory;
use crate::publish::{DrawError, TrueCounts};

/// The product.
pub(super) const PRODUCT: &str = "kiln";

/// A command that ended well.
pub(super) const FIRED: &str = r#""name":"command","command":"fire","run":"RUN","error":false"#;

/// The day of today, since 1970.
pub(super) fn today() -> u32 {
    u32::try_from(clock::now() / SECONDS_A_DAY).unwrap()
}

/// The quarter in which everything here happens: the last one that can be drawn today.
pub(super) fn quarter() -> PublicationId {
    let mut last = CalendarPeriod::of_day(Every::Quarter, today() - 300).unwrap();
    while last.next().earliest_draw() <= today() {
        last = last.next();
    }
    PublicationId::first(last)
}

/// A batch that one of many installations sends: a command line on Linux, unless it is said otherwise.
pub(super) struct Sent<'e> {
    pub(super) installation: u32,
    /// The days after the first of the quarter.
    pub(super) day: u32,
    pub(super) component: &'static str,
    /// Events, and how many days before its receipt they lie.
    pub(super) events: &'e [(&'static str, i64)],
}

impl Sent<'_> {
    pub(super) fn entry(&self) -> LogEntry {
        let number = 2 * self.day + u32::from(self.component == "server");
        let installation = id(self.installation);
        let batch = id(number);
        let day = i64::from(quarter().period.first() + self.day);
        let events: Vec<_> =
            self.events.iter().map(|(event, ago)| (*event, ago * SECONDS_A_DAY + 60)).collect();
        let sketch = Sketch {
            product: PRODUCT,
            component: self.component,
            version: "2.1.0",
            received: day * SECONDS_A_DAY + 43_200,
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

/// That an installation is to be erased.
pub(super) fn erasure(installation: u32) -> LogEntry {
    let received = i64::from(today()) * SECONDS_A_DAY;
    LogEntry::Erasure(Erasure {
        product: PRODUCT.to_owned(),
        installation: id(installation),
        received,
        by_operator: true,
    })
}

/// Applies what comes after `before` entries to the store of a data directory.
pub(super) fn apply_more(data: &Path, before: usize, entries: &[LogEntry]) {
    let data = DataDirectory::take(data).unwrap();
    let all = [vec![erasure(u32::MAX); before], entries.to_vec()].concat();
    let placed = placed(&all);
    let manifests = in_force(&kiln());
    let more = EntryRange::new(&placed[before..], end(all.len()), &manifests);
    data.open_store().unwrap().apply(&more).unwrap();
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

fn in_force(manifest: &Manifest) -> ManifestsInForce {
    let mut manifests = ManifestsInForce::default();
    manifests.insert(Arc::new(manifest.clone().into()));
    manifests
}

/// What a draw gathers of a store that applied these entries.
pub(super) fn gathered(manifest: &Manifest, entries: &[LogEntry]) -> Result<TrueCounts, DrawError> {
    let manifests = in_force(manifest);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.sqlite");
    let mut store = open(&file, Expect::New).unwrap();
    store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &manifests)).unwrap();
    let reader = SqliteReader::open(&file).unwrap();
    let request = ContributionRequest {
        product: PRODUCT,
        days: days_of(quarter().period),
        layout: &Layout::of(manifest, &manifest.product.releases),
        contributors: ContributorFilter::Counted,
    };
    TrueCounts::gather(&StoreContributions::new(&reader, &manifests, manifest), &request, true)
}

/// The data directory of a collector that applied these entries.
pub(super) fn data_directory(entries: &[LogEntry]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let data = DataDirectory::take(directory.path()).unwrap();
    fs::create_dir(data.manifests()).unwrap();
    fs::write(data.manifests().join("kiln-3.toml"), KILN).unwrap();
    let mut store = data.open_store().unwrap();
    store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &in_force(&kiln()))).unwrap();
    store.set_retention_day(Day::try_from(today()).unwrap()).unwrap();
    drop(data);
    directory
}
