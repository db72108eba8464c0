//! `aboveboard collector import`: takes in what users exported on machines without a network.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use aboveboard_agent::{named_file, output};
use aboveboard_collector::DataPlace;
use aboveboard_collector::upkeep::{self, ImportOutcome};
use aboveboard_types::headers::INGEST_KEY;
use aboveboard_types::headers::{BATCH, PROOF};
use aboveboard_types::id::Id;
use aboveboard_types::possession::Proof;
use aboveboard_wire::{BATCH_PATH, Batch, HandOver, Receipt};
use anyhow::ensure;

use super::{CollectorArguments, CollectorClient, Progress, Target, refused};

/// What `collector import` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// Take batches that were exported for another host than the collector's own, too
    #[arg(long)]
    foreign: bool,
    /// The file that `telemetry export` wrote on a user's machine, not one of `collector export`; `-` is stdin
    file: PathBuf,
}

/// The exit code where a collector may take later what it did not take now.
const EXIT_LATER: u8 = 6;

/// Most batches that are read before they are handed on: some megabytes.
const MAX_AT_ONCE: usize = 1_000;

/// Most bytes of them, but for the last: lines are up to a mebibyte long.
const MAX_BYTES_AT_ONCE: usize = 4 << 20;

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
    let mut lines =
        BatchLines { reader: BufReader::new(named_file::read(path)?), path, next: 1, is_broken: false };
    let target = options.collector.find()?;
    if let Target::Running { ingest, .. } = &target {
        ingest.import_begins()?;
    }
    let hosts = if options.foreign { Vec::new() } else { options.collector.hosts()? };
    let closed = options.collector.closed()?;
    let mut tally = Tally::default();
    let progress = Progress::new("importing");
    let result = loop {
        let handed_on = match lines.read() {
            Ok(batches) if batches.is_empty() => break Ok(()),
            Ok(batches) => {
                let own = tally.own(batches, &hosts);
                match &target {
                    Target::Running { ingest, .. } => send(ingest, &own, &mut tally),
                    Target::Stopped(place) => keep(place, &closed, &own, &mut tally),
                }
            }
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

/// A batch of a file, and the number of its line.
struct Line {
    number: usize,
    host: String,
    key: String,
    batch: Id,
    proof: Proof,
    body: Vec<u8>,
}

impl Line {
    /// Reads a line; `None` where it is no batch that was handed over.
    fn read(line: &[u8], number: usize) -> Option<Self> {
        let handed_over = HandOver::read(line)?;
        let body = handed_over.body.get();
        let batch: Batch<'_> = serde_json::from_str(body).ok()?;
        let proof = handed_over.proof()?;
        Some(Self {
            number,
            host: handed_over.host.into_owned(),
            key: handed_over.headers.key.into_owned(),
            batch: batch.batch,
            proof,
            body: body.as_bytes().to_vec(),
        })
    }
}

/// The batches of a file, a line each.
struct BatchLines<'p> {
    reader: BufReader<Box<dyn Read>>,
    path: &'p Path,
    /// Number of the next line.
    next: usize,
    /// What was read is no batch: reported once everything before it is taken.
    is_broken: bool,
}

impl BatchLines<'_> {
    /// The next batches; none at the end. What is no batch ends the import: the file is not what it should be.
    fn read(&mut self) -> anyhow::Result<Vec<Line>> {
        let mut batches = Vec::new();
        let mut bytes = 0;
        while batches.len() < MAX_AT_ONCE && bytes < MAX_BYTES_AT_ONCE && !self.is_broken {
            let mut line = Vec::new();
            self.reader.by_ref().take(HandOver::MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                break;
            }
            let batch = Line::read(line.trim_ascii_end(), self.next);
            self.is_broken = batch.is_none();
            if let Some(batch) = batch {
                bytes += batch.body.len();
                batches.push(batch);
                self.next += 1;
            }
        }
        ensure!(
            !(self.is_broken && batches.is_empty()),
            "{}, line {}, is no batch: the file is not what `telemetry export` wrote, or not all of it; nothing was taken \
             from this line on",
            self.path.display(),
            self.next
        );
        Ok(batches)
    }
}

fn send(ingest: &CollectorClient, batches: &[Line], tally: &mut Tally) -> anyhow::Result<()> {
    for line in batches {
        let headers = [
            (INGEST_KEY, line.key.clone()),
            (BATCH, line.batch.to_string()),
            (PROOF, line.proof.to_string()),
        ];
        let mut tries = 0;
        let answer = loop {
            let answer = ingest.post_batch(BATCH_PATH, &headers, &line.body)?;
            tries += 1;
            if !matches!(answer.status, 429 | 503) || tries == MAX_TRIES || answer.is_unknown_revision() {
                break answer;
            }
            std::thread::sleep(answer.retry_after.unwrap_or(MAX_PAUSE).min(MAX_PAUSE));
        };
        match (answer.status, Receipt::read(answer.body.as_bytes(), line.batch)) {
            (202, Some(receipt)) => tally.count_taken(&answer.body, receipt.accepted),
            (429 | 503 | 507, _) => {
                tally.later += 1;
                output::message(&format!("line {} is not taken now: {}", line.number, answer.reason()));
            }
            _ => tally.count_refused(line.number, &answer.reason()),
        }
    }
    Ok(())
}

fn keep(place: &DataPlace, closed: &[String], batches: &[Line], tally: &mut Tally) -> anyhow::Result<()> {
    let proved: Vec<_> = batches.iter().map(|line| (line.body.clone(), line.proof.to_string())).collect();
    let taken = upkeep::import(place, closed, &proved).map_err(refused)?;
    for (taken, line) in taken.into_iter().zip(batches) {
        match taken {
            ImportOutcome::Receipt(receipt) => {
                let accepted =
                    Receipt::read(receipt.as_bytes(), line.batch).map_or(0, |known| known.accepted);
                tally.count_taken(&receipt, accepted);
            }
            ImportOutcome::Refused(why) => tally.count_refused(line.number, &why),
        }
    }
    Ok(())
}

impl Tally {
    /// The batches that may be taken: for one of these hosts, or for any where there is none. The others are
    /// refused.
    fn own(&mut self, batches: Vec<Line>, hosts: &[String]) -> Vec<Line> {
        let mut own = Vec::new();
        for line in batches {
            if !hosts.is_empty() && !hosts.contains(&line.host) {
                self.count_refused(
                    line.number,
                    "it is for the collector of another host; --foreign takes it",
                );
            } else {
                own.push(line);
            }
        }
        own
    }

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
            Target::Stopped(place) => format!("{place}; a collector counts them when it starts"),
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
