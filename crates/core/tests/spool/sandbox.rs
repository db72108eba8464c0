//! An installation in a directory that goes with its test.

use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_testkit::sample;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::outcome::DropReason;

/// A product's places in a directory that goes with the test.
pub(crate) struct Sandbox {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) declaration: Declaration,
    pub(crate) places: Paths,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let places = sample::places(directory.path());
        Self { directory, declaration: sample::declaration(), places }
    }

    pub(crate) fn recorder(&self) -> Recorder<'_> {
        let permit = sample::permit(&self.declaration, &self.places);
        Recorder::open(permit, &self.declaration, &self.places, sample::header(Component::Cli))
    }

    pub(crate) fn spool(&self) -> Spool {
        let permit = sample::permit(&self.declaration, &self.places);
        Spool::open(&permit, &self.declaration, &self.places).unwrap()
    }

    pub(crate) fn spool_after_first(&self) -> Spool {
        self.recorder();
        self.spool()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("telemetry/spool")
    }

    pub(crate) fn names(&self, stem: &str) -> Vec<String> {
        names(&self.path(), stem)
    }
}

pub(crate) fn names(directory: &Path, stem: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(stem)).collect();
    names.sort();
    names
}

/// Claims and acknowledges everything that waits; gives the bodies.
pub(crate) fn deliver(spool: &Spool, now: u64) -> Vec<Vec<u8>> {
    let claimed = spool.pending().into_iter().filter_map(|batch| spool.claim(batch, now));
    claimed
        .map(|claimed| {
            let body = claimed.body.clone();
            claimed.acknowledge(b"{}");
            body
        })
        .collect()
}

pub(crate) fn told(body: &[u8], reason: DropReason) -> u64 {
    let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(body).unwrap();
    batch.outcomes().unwrap().iter().find(|(known, _)| *known == reason).map_or(0, |(_, number)| *number)
}
