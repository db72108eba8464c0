//! `aboveboard simulate`: made-up history for any manifest: installations that come, stay, update and go, every
//! batch marked synthetic.
//!
//! The same plan gives the same batches. Nothing here is drawn from real data; the shapes (a weekly rhythm, many
//! that stay a day, few that stay long, updates that spread over a week) only make charts look as they would.

mod events;
mod life;
mod random;
mod served;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use aboveboard_collector::entry::Arrival;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::encode;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;

use anyhow::Context as _;

use self::life::Life;
use self::random::Random;
use crate::say;

/// What `simulate` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The data directory of a collector that does not run
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// How many days, the last being today
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// How many installations over all
    #[arg(long, default_value_t = 400)]
    installations: u32,
    /// The same seed on the same day gives the same history
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(options: &Options, manifest: Option<&Path>) -> anyhow::Result<ExitCode> {
    let file = manifest.context("name the product's telemetry.toml with --manifest FILE")?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let plan = Plan {
        days: options.days,
        installations: options.installations,
        seed: options.seed,
        now: i64::try_from(now).unwrap_or(i64::MAX),
    };
    let batches = into(&options.data, file, &text, plan)?;
    say::data(&format!("{batches} synthetic batches wait in {}", options.data.display()));
    Ok(ExitCode::SUCCESS)
}

/// Puts the history of a manifest, and the manifest, into the data directory of a collector that does not run.
pub(crate) fn into(data: &Path, file: &Path, text: &str, plan: Plan) -> anyhow::Result<u64> {
    let manifest = aboveboard_manifest::parse(text, &file.to_string_lossy()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })?;
    let declaration = manifest.declaration();
    let arrivals = month(&declaration, plan).map(|Simulated { received, body }| Arrival {
        received,
        skew: 0,
        refused: 0,
        body: body.into_bytes(),
    });
    let batches = aboveboard_collector::import(data, arrivals)?;
    let manifests = data.join("manifests");
    std::fs::create_dir_all(&manifests).with_context(|| format!("cannot create {}", manifests.display()))?;
    let name = format!("{}-{}.toml", declaration.product, declaration.revision);
    std::fs::write(manifests.join(&name), text).with_context(|| format!("cannot write {name}"))?;
    Ok(batches)
}

const DAY: i64 = 86_400;

/// How much history to make up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Days, the last being that of `now`.
    pub(crate) days: u16,
    /// Installations over all; about two thirds are there on the first day.
    pub(crate) installations: u32,
    /// Same seed, same history.
    pub(crate) seed: u64,
    /// Seconds since 1970; nothing is later.
    pub(crate) now: i64,
}

/// A batch, and when it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Simulated {
    /// Seconds since 1970.
    pub(crate) received: i64,
    /// The body, as an agent would have sealed it.
    pub(crate) body: String,
}

/// The batches of a plan in the order of their arrival, a day of them in memory at a time.
pub(crate) fn month(declaration: &Declaration, plan: Plan) -> impl Iterator<Item = Simulated> {
    let first = plan.now.div_euclid(DAY) - i64::from(plan.days.max(1)) + 1;
    let mut random = Random::new(plan.seed);
    let mut lives: Vec<Life> =
        (0..plan.installations).filter_map(|_| Life::new(declaration, plan.days, &mut random)).collect();
    let servers: Vec<Id> =
        lives.iter().filter(|life| life.component == Component::Server).map(|life| life.id).collect();
    (0..plan.days).flat_map(move |day| {
        let midnight = (first + i64::from(day)) * DAY;
        let mut batches: Vec<Simulated> = Vec::new();
        for life in &mut lives {
            if life.is_active(day, midnight, &mut random) {
                life.day(declaration, day, &mut random);
                batches.extend(sealed(declaration, life, midnight, plan, &servers, &mut random));
            }
        }
        batches.sort_by_key(|batch| batch.received);
        batches
    })
}

/// The batches of one installation and day.
fn sealed(
    declaration: &Declaration,
    life: &mut Life,
    midnight: i64,
    plan: Plan,
    servers: &[Id],
    random: &mut Random,
) -> Vec<Simulated> {
    let mut batches = Vec::new();
    for component in life.components(declaration, random) {
        let latest = plan.now.min(midnight + DAY - 1);
        let events = events::of_day(declaration, life, component, (midnight, latest), servers, random);
        let Some(last) = events.iter().map(|event| event.time).max() else { continue };
        let mut body = String::new();
        for event in &events {
            if !body.is_empty() {
                body.push(',');
            }
            encode::push_event(&mut body, event);
        }
        let envelope = Envelope {
            revision: declaration.revision,
            batch: batch_id(midnight / DAY, random),
            installation: life.id,
            header: life.header(component),
            sequence: life.next_sequence(),
        };
        let outcomes =
            if random.chance(0.01) { vec![(DropReason::SpoolFull, 1 + random.below(20))] } else { vec![] };
        let body = encode::seal(&declaration.product, &declaration.hash, &envelope, &body, &outcomes);
        let last = i64::try_from(last).unwrap_or(latest);
        let delay = i64::try_from(random.below(1_800)).unwrap_or(0);
        batches.push(Simulated { received: (last + delay).min(plan.now), body });
    }
    batches
}

/// Sixteen bits of day, the rest random, as agents make them.
fn batch_id(day: i64, random: &mut Random) -> Id {
    let mut bytes = random.bytes();
    bytes[..2].copy_from_slice(&u16::try_from(day).unwrap_or(u16::MAX).to_be_bytes());
    Id::from_custom(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn declaration() -> Declaration {
        let text = include_str!("../../../../examples/quarry/telemetry.toml");
        aboveboard_manifest::parse(text, "telemetry.toml").unwrap().declaration()
    }

    const PLAN: Plan = Plan { days: 30, installations: 200, seed: 7, now: 1_800_000_000 };

    #[test]
    fn every_batch_is_what_the_manifest_declares_and_marked_synthetic() {
        let declaration = declaration();
        let mut installations = BTreeSet::new();
        let mut last = 0;
        let (mut components, mut timed) = (BTreeSet::new(), 0);
        for Simulated { received, body } in month(&declaration, PLAN) {
            let batch: aboveboard_wire::Batch<'_> = serde_json::from_str(&body).unwrap();
            let envelope = batch.envelope().unwrap();
            assert!(envelope.header.marks.has(aboveboard_types::envelope::Mark::Synthetic));
            timed += usize::from(body.contains("\"timings\""));
            for event in &batch.events {
                event.check(envelope.header.component, &declaration).unwrap();
                let time = i64::try_from(event.time).unwrap();
                assert!(time <= received && received - time < 14 * DAY);
            }
            batch.outcomes().unwrap();
            assert!(received <= PLAN.now && (received >= last || received - last > -DAY));
            last = received;
            installations.insert(envelope.installation);
            components.insert(envelope.header.component);
        }
        assert!(installations.len() > 150, "{}", installations.len());
        assert_eq!(components.len(), 3, "server, cli, console");
        assert!(timed > 100, "{timed} reports with timings");
    }

    #[test]
    fn the_same_plan_gives_the_same_history() {
        let declaration = declaration();
        assert!(month(&declaration, PLAN).eq(month(&declaration, PLAN)));
        assert!(!month(&declaration, PLAN).eq(month(&declaration, Plan { seed: 8, ..PLAN })));
    }
}
