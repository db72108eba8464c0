//! An installation that the host keeps with its data: replicas, restarts on an empty disk, stores that fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aboveboard_core::consent::Choice;
use aboveboard_core::consent::answer::Answer;
use aboveboard_core::environment::Environment;
use aboveboard_testing::Collector;
use aboveboard_types::event::EventKind;
use tempfile::TempDir;

use super::kit::{QUICK, agent, product, received, remains, say, until};
use crate::{Agent, StateStore, StateStoreError};
use aboveboard_testkit::server_product::{Migrated, Tables};

/// A table of names and texts, as a host's database has it, with what goes wrong before it works.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    texts: BTreeMap<&'static str, String>,
    failures: Vec<Failure>,
}

#[derive(Clone, Copy)]
enum Failure {
    Error,
    Panic,
    Hang,
}

impl Table {
    fn failing(failures: &[Failure]) -> Self {
        let table = Self::default();
        table.0.lock().unwrap().failures = failures.iter().rev().copied().collect();
        table
    }

    async fn fail(&self) -> Result<(), StateStoreError> {
        let failure = self.0.lock().unwrap().failures.pop();
        match failure {
            None => Ok(()),
            Some(Failure::Error) => Err("the database is away".into()),
            Some(Failure::Panic) => panic!("a bug of the host"),
            Some(Failure::Hang) => std::future::pending().await,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap().texts.get(name).cloned()
    }
}

impl StateStore for Table {
    async fn load(&self, name: &'static str) -> Result<Option<String>, StateStoreError> {
        self.fail().await?;
        Ok(self.text(name))
    }

    async fn swap(
        &self,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<bool, StateStoreError> {
        self.fail().await?;
        let texts = &mut self.0.lock().unwrap().texts;
        if texts.get(name) != before.as_ref() {
            return Ok(false);
        }
        match after {
            Some(after) => texts.insert(name, after),
            None => texts.remove(name),
        };
        Ok(true)
    }
}

fn replica(endpoint: &str, directory: &TempDir, table: &Table) -> Agent {
    agent(endpoint, directory.path()).state_store(table.clone()).counts(|| async { Tables(3) })
}

#[tokio::test]
async fn replicas_with_one_state_store_are_one_installation_and_report_once_between_them() {
    let table = Table::default();
    let collector = Collector::start(product());
    let directories: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let replicas: Vec<_> = directories
        .iter()
        .map(|directory| replica(&collector.endpoint(), directory, &table).start())
        .collect();
    for replica in &replicas {
        until("it is on", || replica.status().mode() == "on").await;
        replica.record(Migrated(true));
    }
    let mut collector = collector;
    let mut events = 0;
    let mut reports = 0;
    let mut ids = Vec::new();
    while events < 3 || reports < 1 {
        let (again, batch) = received(collector).await.unwrap();
        collector = again;
        ids.push(batch.envelope.installation);
        for event in &batch.events {
            match event.kind {
                EventKind::Report(_) => reports += 1,
                _ => events += 1,
            }
        }
    }
    assert_eq!((events, reports), (3, 1));
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    for replica in &replicas {
        replica.shutdown().await;
    }

    // A new container starts with an empty disk, is the same installation, and reports when the next report is due.
    let empty = tempfile::tempdir().unwrap();
    let next = replica(&collector.endpoint(), &empty, &table).start();
    until("it is on", || next.status().mode() == "on").await;
    next.record(Migrated(false));
    let (_, batch) = received(collector).await.unwrap();
    assert_eq!(batch.envelope.installation, ids[0]);
    assert!(matches!(&batch.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
    next.shutdown().await;
}

#[tokio::test]
async fn a_state_store_that_fails_panics_and_hangs_holds_up_nothing_and_is_asked_again() {
    let table = Table::failing(&[Failure::Panic, Failure::Error, Failure::Panic, Failure::Hang]);
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let environment = Environment::of(QUICK.into_iter().chain([("QUARRY_TELEMETRY_PERIOD", "1")]));
    let telemetry = replica(&collector.endpoint(), &directory, &table).environment(environment).start();
    assert_eq!(telemetry.status().mode(), "waiting");
    telemetry.record(Migrated(true));
    assert!(!directory.path().join("telemetry/spool").exists(), "nothing is recorded without the id");
    let (_, batch) = received(collector).await.unwrap();
    assert!(batch.events.iter().all(|event| matches!(event.kind, EventKind::Report(_))));
    assert!(table.text("secret").is_some() && table.text("report").is_some());
    telemetry.shutdown().await;
}

#[tokio::test]
async fn an_opt_out_that_deletes_reaches_the_state_store() {
    let table = Table::default();
    let collector = Collector::start(product());
    let directory = tempfile::tempdir().unwrap();
    let telemetry = replica(&collector.endpoint(), &directory, &table).start();
    until("the report is told", || table.text("report").is_some()).await;
    say(&directory, &collector.endpoint(), Choice::No);
    // Whoever asks hears of it within a second; the store follows.
    until("nothing is kept", || {
        telemetry.status().mode() == "off" && table.text("secret").or(table.text("report")).is_none()
    })
    .await;
    telemetry.shutdown().await;

    // The same for a server that is told so before it starts.
    table.0.lock().unwrap().texts.insert("secret", "0".repeat(64));
    let other = tempfile::tempdir().unwrap();
    let telemetry = replica(&collector.endpoint(), &other, &table).config(Some("false")).start();
    until("nothing is kept", || table.text("secret").is_none()).await;
    telemetry.shutdown().await;
    assert_eq!(remains(&other), Vec::<String>::new());
}

#[tokio::test]
async fn the_first_delay_counts_from_when_the_notice_was_first_shown_to_the_installation() {
    let table = Table::default();
    let collector = Collector::start(product());
    let without_variables = || Environment::of([("", ""); 0]);
    let first = tempfile::tempdir().unwrap();
    let telemetry = replica(&collector.endpoint(), &first, &table).environment(without_variables()).start();
    until("it is kept that the notice was shown", || table.text("shown").is_some()).await;
    assert_eq!(telemetry.status().mode(), "notice");
    telemetry.shutdown().await;

    let line = table.text("shown").unwrap();
    let mut shown = Answer::parse(&format!("{}\n", line.trim_end())).unwrap();
    shown.at -= 7_200;
    table.0.lock().unwrap().texts.insert("shown", shown.line().trim_end().to_owned());
    let second = tempfile::tempdir().unwrap();
    let telemetry = replica(&collector.endpoint(), &second, &table).environment(without_variables()).start();
    until("the delay was over long ago", || telemetry.status().mode() == "on").await;
    telemetry.shutdown().await;
}
