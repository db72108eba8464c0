//! The batches of a plan.

use aboveboard_store::entry::Arrival;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::encode;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;

use super::events;
use super::installation::{DAY, Installation};
use super::random::Random;

/// How much history to make up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Days, the last being that of `now`.
    pub(crate) days: u16,
    /// Installations in all; about two thirds are there on the first day.
    pub(crate) installations: u32,
    /// Same seed, same history.
    pub(crate) seed: u64,
    /// Seconds since 1970; nothing is later.
    pub(crate) now: i64,
}

/// The batches of a plan in the order of their arrival, a day of them in memory at a time.
pub(super) fn history(declaration: &Declaration, plan: Plan) -> impl Iterator<Item = Arrival> {
    let first = plan.now.div_euclid(DAY) - i64::from(plan.days.max(1)) + 1;
    let mut random = Random::new(plan.seed);
    let mut installations: Vec<Installation> = (0..plan.installations)
        .filter_map(|_| Installation::new(declaration, plan.days, &mut random))
        .collect();
    let servers = installations.iter().filter(|installation| installation.component == Component::Server);
    let servers: Vec<Id> = servers.map(|server| server.id).collect();
    (0..plan.days).flat_map(move |day| {
        let midnight = (first + i64::from(day)) * DAY;
        let mut batches: Vec<Arrival> = Vec::new();
        for installation in &mut installations {
            if installation.is_active(day, midnight, &mut random) {
                installation.day(declaration, day, &mut random);
                batches.extend(sealed(declaration, installation, midnight, plan, &servers, &mut random));
            }
        }
        batches.sort_by_key(|batch| batch.received);
        batches
    })
}

/// The batches of one installation and day.
fn sealed(
    declaration: &Declaration,
    installation: &mut Installation,
    midnight: i64,
    plan: Plan,
    servers: &[Id],
    random: &mut Random,
) -> Vec<Arrival> {
    let mut batches = Vec::new();
    for component in installation.components(declaration, random) {
        let latest = plan.now.min(midnight + DAY - 1);
        let events =
            events::of_day(declaration, installation, component, (midnight, latest), servers, random);
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
            installation: installation.id,
            header: installation.header(component),
            sequence: installation.next_sequence(),
        };
        let drops =
            if random.chance(0.01) { vec![(DropReason::SpoolFull, 1 + random.below(20))] } else { vec![] };
        let body = encode::seal(&declaration.product, &declaration.hash, &envelope, &body, &drops);
        let last = i64::try_from(last).unwrap_or(latest);
        let delay = i64::try_from(random.below(1_800)).unwrap_or(0);
        let received = (last + delay).min(plan.now);
        batches.push(Arrival { received, skew: 0, refused: 0, counted_value: None, body: body.into_bytes() });
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
        let mut components = BTreeSet::new();
        let mut timed = 0;
        for Arrival { received, body, .. } in history(&declaration, PLAN) {
            let body = String::from_utf8(body).unwrap();
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
        assert!(history(&declaration, PLAN).eq(history(&declaration, PLAN)));
        assert!(!history(&declaration, PLAN).eq(history(&declaration, Plan { seed: 8, ..PLAN })));
    }
}
