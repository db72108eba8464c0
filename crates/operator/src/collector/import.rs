//! `aboveboard collector import`: takes in what users exported on machines without a network.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use aboveboard_collector::upkeep::{self, ImportOutcome};
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_wire::{BATCH_PATH, Batch, INGEST_KEY, Receipt};
use anyhow::{Context as _, ensure};

use super::export::is_plain;
use super::{CollectorArguments, CollectorClient, Progress, Target, refused};
use crate::output;

/// What `collector import` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The file that `telemetry export` wrote on a user's machine; not one of `collector export`
    file: PathBuf,
}

/// The exit code where a collector may take later what it did not take now.
const EXIT_LATER: u8 = 6;

/// Most batches that are read before they are handed on: some megabytes.
const MAX_AT_ONCE: usize = 1_000;

/// How often a batch is offered to a collector that is busy.
const MAX_TRIES: u32 = 10;

/// Longest pause between two tries, even if the collector asks for more.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// What became of the batches of a file.
#[derive(Default)]
struct Tally {
    taken: usize,
    events: u64,
    refused: usize,
    later: usize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let path = &options.file;
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = BatchLines { reader: BufReader::new(file), path, next: 1, is_broken: false };
    let target = options.collector.find()?;
    if let Target::Running { ingest, .. } = &target {
        ingest.import_begins()?;
    }
    let mut keys = HashMap::new();
    let mut tally = Tally::default();
    let progress = Progress::new("importing");
    let result = loop {
        let handed_on = match lines.read() {
            Ok((_, bodies)) if bodies.is_empty() => break Ok(()),
            Ok((first, bodies)) => match &target {
                Target::Running { ingest, .. } => send(ingest, &bodies, first, &mut keys, &mut tally),
                Target::Stopped(data) => keep(data, &bodies, first, &mut tally),
            },
            Err(error) => Err(error),
        };
        if let Err(error) = handed_on {
            break Err(error);
        }
    };
    drop(progress);
    output::message(&tally.message(&target));
    result?;
    Ok(match tally {
        Tally { refused: 1.., .. } => ExitCode::FAILURE,
        Tally { later: 1.., .. } => ExitCode::from(EXIT_LATER),
        _ => ExitCode::SUCCESS,
    })
}

/// The batches of a file, a line each.
struct BatchLines<'p> {
    reader: BufReader<File>,
    path: &'p Path,
    /// Number of the next line.
    next: usize,
    /// What was read is no batch: reported once everything before it is taken.
    is_broken: bool,
}

impl BatchLines<'_> {
    /// The number of the first and the next batches; none at the end. What is no batch ends the import: the file is not
    /// what it should be.
    fn read(&mut self) -> anyhow::Result<(usize, Vec<Vec<u8>>)> {
        let first = self.next;
        let mut bodies = Vec::new();
        while bodies.len() < MAX_AT_ONCE && !self.is_broken {
            let mut body = Vec::new();
            self.reader.by_ref().take(MAX_BYTES as u64 + 1).read_until(b'\n', &mut body)?;
            if body.is_empty() {
                break;
            }
            let ended = body.pop_if(|last| *last == b'\n').is_some();
            self.is_broken =
                !ended && body.len() > MAX_BYTES || serde_json::from_slice::<Batch<'_>>(&body).is_err();
            if !self.is_broken {
                bodies.push(body);
                self.next += 1;
            }
        }
        ensure!(
            !(self.is_broken && bodies.is_empty()),
            "{}, line {}, is no batch: the file is not what `telemetry export` wrote, or not all of it; nothing was taken \
             from this line on",
            self.path.display(),
            self.next
        );
        Ok((first, bodies))
    }
}

fn send(
    ingest: &CollectorClient,
    bodies: &[Vec<u8>],
    first: usize,
    keys: &mut HashMap<String, String>,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    for (number, body) in (first..).zip(bodies) {
        let batch: Batch<'_> = serde_json::from_slice(body)?;
        let key = match keys.get(&*batch.product) {
            Some(key) => key.clone(),
            None => {
                let key = key_of(ingest, &batch.product)?;
                keys.entry(batch.product.to_string()).or_insert(key).clone()
            }
        };
        let mut tries = 0;
        let answer = loop {
            let answer = ingest.post_batch(BATCH_PATH, (INGEST_KEY, &key), body)?;
            tries += 1;
            if !matches!(answer.status, 429 | 503) || tries == MAX_TRIES || answer.is_unknown_revision() {
                break answer;
            }
            std::thread::sleep(answer.retry_after.unwrap_or(MAX_PAUSE).min(MAX_PAUSE));
        };
        match (answer.status, Receipt::read(answer.body.as_bytes(), batch.batch)) {
            (202, Some(receipt)) => tally.count_taken(&answer.body, receipt.accepted),
            (429 | 503 | 507, _) => {
                tally.later += 1;
                output::message(&format!("line {number} is not taken now: {}", answer.reason()));
            }
            _ => tally.count_refused(number, &answer.reason()),
        }
    }
    Ok(())
}

/// The ingest key that the collector's newest manifest of a product names; empty where there is none.
fn key_of(ingest: &CollectorClient, product: &str) -> anyhow::Result<String> {
    if !is_plain(product) {
        return Ok(String::new());
    }
    let answer = ingest.get(&format!("/v1/manifest/{product}"))?;
    let manifest = aboveboard_manifest::parse(&answer.body, product).ok().filter(|_| answer.status == 200);
    Ok(manifest.map_or(String::new(), |manifest| manifest.product.ingest_key))
}

fn keep(data: &Path, bodies: &[Vec<u8>], first: usize, tally: &mut Tally) -> anyhow::Result<()> {
    let taken = upkeep::import(data, bodies).map_err(refused)?;
    for ((number, taken), body) in (first..).zip(taken).zip(bodies) {
        match taken {
            ImportOutcome::Receipt(receipt) => {
                let batch: Batch<'_> = serde_json::from_slice(body)?;
                let accepted =
                    Receipt::read(receipt.as_bytes(), batch.batch).map_or(0, |known| known.accepted);
                tally.count_taken(&receipt, accepted);
            }
            ImportOutcome::Refused(why) => tally.count_refused(number, &why),
        }
    }
    Ok(())
}

impl Tally {
    fn count_taken(&mut self, receipt: &str, accepted: u32) {
        output::data(receipt.trim_end());
        self.taken += 1;
        self.events += u64::from(accepted);
    }

    fn count_refused(&mut self, line: usize, why: &str) {
        self.refused += 1;
        output::message(&format!("line {line} is refused: {why}"));
    }

    fn message(&self, target: &Target) -> String {
        let place = match target {
            Target::Running { ingest, .. } => ingest.name(),
            Target::Stopped(data) => format!("{}; a collector counts them when it starts", data.display()),
        };
        let mut message =
            format!("{} batches with {} events are in the log of {place}", self.taken, self.events);
        if self.refused > 0 {
            message.push_str(&format!("; {} are refused for good", self.refused));
        }
        if self.later > 0 {
            message.push_str(&format!("; {} may be taken later: import the file again", self.later));
        }
        message
    }
}
