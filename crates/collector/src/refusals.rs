//! What was refused of the batches that came lately, by product and reason, for the operator who can mend it.
//!
//! Anybody can send what is refused. So it is kept apart by product and by reason, and each is known by how many networks it
//! came from in an hour: whoever sends a flood of refused batches weighs as much as their own network, and changes nothing of
//! what is said of others. What they wrote is kept nowhere: a product that is not known here is one without a name. Networks
//! are told apart for as long as their secret lasts, an hour; after that their number is left. All of it is in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use crate::awaited::Voice;
use crate::lock::lock;
use crate::refusal::{Reason, Refusal};

/// How long it is known what was refused, in seconds.
pub(crate) const KEPT: i64 = 24 * 3_600;

/// Most hours that are kept: those of [`KEPT`], the one that runs, and one that is not whole.
const MAX_HOURS: usize = 26;

/// Most networks that are told apart, for each product and reason. More than are needed to see that it is not one sender.
const MAX_VOICES: usize = 256;

/// What was refused lately.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<VecDeque<Hour>>);

/// What was refused while networks had one secret.
#[derive(Debug)]
struct Hour {
    secret: u32,
    /// When something was refused last, in seconds since 1970 UTC.
    last: i64,
    refused: HashMap<(Option<Arc<str>>, Reason), Heard>,
    /// Batches that were taken in, by product: of those that are known here.
    taken: HashMap<String, u64>,
}

/// Batches that were refused for one reason.
#[derive(Debug, Default)]
struct Heard {
    batches: u64,
    /// Networks, while they are told apart.
    voices: HashSet<Voice>,
    /// Their number afterwards.
    networks: u64,
}

impl Heard {
    fn networks(&self) -> u64 {
        self.networks.max(self.voices.len() as u64)
    }
}

/// What was refused for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    pub(crate) batches: u64,
    /// From how many networks at most within an hour; 0 where they cannot be told apart.
    pub(crate) networks: u64,
    /// How many batches were taken in meanwhile, of the same product; where it is of none that is known here, of all.
    pub(crate) taken: u64,
}

impl Refusals {
    /// Notes a refused batch. `secret` is the number of the secret that networks are known under.
    pub(crate) fn hear(&self, refusal: &Refusal, voice: Option<Voice>, secret: u32, now: i64) {
        let mut hours = lock(&self.0);
        let Some(hour) = running(&mut hours, secret, now) else { return };
        let heard = hour.refused.entry((refusal.product.clone(), refusal.reason)).or_default();
        heard.batches = heard.batches.saturating_add(1);
        if let Some(voice) = voice.filter(|_| heard.voices.len() < MAX_VOICES) {
            heard.voices.insert(voice);
        }
    }

    /// Notes a batch that was taken in.
    pub(crate) fn take(&self, product: &str, secret: u32, now: i64) {
        let mut hours = lock(&self.0);
        let Some(hour) = running(&mut hours, secret, now) else { return };
        match hour.taken.get_mut(product) {
            Some(taken) => *taken = taken.saturating_add(1),
            None => _ = hour.taken.insert(product.to_owned(), 1),
        }
    }

    /// Forgets who was heard under secrets that are no more, also where nothing is refused any longer.
    pub(crate) fn forget(&self, secret: u32) {
        turn(&mut lock(&self.0), secret);
    }

    /// What was refused lately of a product that is known here, or of none; what most networks sent comes first.
    pub(crate) fn lately(&self, product: Option<&str>, now: i64) -> Vec<Refused> {
        let mut lately: Vec<Refused> = Vec::new();
        let hours = lock(&self.0);
        // What is ahead was noted by a clock that was set right since.
        let is_lately = |hour: &&Hour| (now - KEPT..=now + 3_600).contains(&hour.last);
        let taken = hours.iter().filter(is_lately).flat_map(|hour| &hour.taken);
        let taken = taken.filter(|(of, _)| product.is_none_or(|product| product == of.as_str()));
        let taken: u64 = taken.map(|(_, taken)| *taken).sum();
        let heard = hours.iter().filter(is_lately).flat_map(|hour| &hour.refused);
        for ((of, reason), heard) in heard {
            if of.as_deref() != product {
                continue;
            }
            match lately.iter_mut().find(|known| known.reason == *reason) {
                Some(known) => {
                    known.batches = known.batches.saturating_add(heard.batches);
                    known.networks = known.networks.max(heard.networks());
                }
                None => lately.push(Refused {
                    reason: *reason,
                    batches: heard.batches,
                    networks: heard.networks(),
                    taken,
                }),
            }
        }
        lately.sort_by_key(|refused| std::cmp::Reverse((refused.networks, refused.batches)));
        lately
    }
}

/// The hour that runs, of this secret.
fn running(hours: &mut VecDeque<Hour>, secret: u32, now: i64) -> Option<&mut Hour> {
    turn(hours, secret);
    if hours.back().is_none_or(|hour| hour.secret != secret) {
        hours.push_back(Hour { secret, last: now, refused: HashMap::new(), taken: HashMap::new() });
        while hours.len() > MAX_HOURS {
            hours.pop_front();
        }
    }
    let hour = hours.back_mut()?;
    hour.last = now;
    Some(hour)
}

/// Lets the networks of other secrets go, and keeps their number.
fn turn(hours: &mut VecDeque<Hour>, secret: u32) {
    for hour in hours.iter_mut().filter(|hour| hour.secret != secret) {
        for heard in hour.refused.values_mut().filter(|heard| !heard.voices.is_empty()) {
            heard.networks = heard.networks();
            heard.voices = HashSet::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn of(product: &str, reason: Reason) -> Refusal {
        Refusal::from(reason).of(Some(product.into()))
    }

    fn voice(number: u64) -> Option<Voice> {
        let mut voice = [0; 16];
        voice[..8].copy_from_slice(&number.to_be_bytes());
        Some(Voice(voice))
    }

    #[test]
    fn a_flood_of_one_network_weighs_as_one_and_hides_nothing() {
        let refusals = Refusals::default();
        for _ in 0..10_000 {
            refusals.hear(&of("quarry", Reason::WrongKey), voice(1), 1, NOW);
            refusals.hear(&Reason::NotABatch.into(), voice(1), 1, NOW);
        }
        for network in 2..5 {
            refusals.hear(&of("quarry", Reason::ProofMissing), voice(network), 1, NOW);
        }
        assert_eq!(
            refusals.lately(Some("quarry"), NOW),
            [
                Refused { reason: Reason::ProofMissing, batches: 3, networks: 3, taken: 0 },
                Refused { reason: Reason::WrongKey, batches: 10_000, networks: 1, taken: 0 },
            ]
        );
        let of_none = Refused { reason: Reason::NotABatch, batches: 10_000, networks: 1, taken: 0 };
        assert_eq!(refusals.lately(None, NOW), [of_none]);
        assert_eq!(refusals.lately(Some("other"), NOW), []);
    }

    #[test]
    fn networks_are_forgotten_with_their_secret_and_all_after_a_day() {
        let refusals = Refusals::default();
        // Another secret makes another voice of the same network.
        refusals.hear(&of("quarry", Reason::WrongKey), voice(1), 1, NOW);
        refusals.hear(&of("quarry", Reason::WrongKey), voice(2), 2, NOW + 3_600);
        let refused = Refused { reason: Reason::WrongKey, batches: 2, networks: 1, taken: 0 };
        assert_eq!(refusals.lately(Some("quarry"), NOW + 3_600), [refused]);
        refusals.forget(3);
        assert!(
            lock(&refusals.0).iter().flat_map(|hour| hour.refused.values()).all(|one| one.voices.is_empty())
        );
        assert_eq!(refusals.lately(Some("quarry"), NOW + 3_600), [refused]);
        let one = Refused { batches: 1, ..refused };
        assert_eq!(refusals.lately(Some("quarry"), NOW + KEPT + 60), [one]);
        assert_eq!(refusals.lately(Some("quarry"), NOW + 2 * KEPT), []);
        assert_eq!(refusals.lately(Some("quarry"), NOW - 3 * 3_600), [], "noted by a clock that was wrong");
        for secret in 3..200 {
            refusals.hear(&of("quarry", Reason::WrongKey), voice(1), secret, NOW);
        }
        assert_eq!(lock(&refusals.0).len(), MAX_HOURS);
    }

    #[test]
    fn only_so_many_networks_are_told_apart() {
        let refusals = Refusals::default();
        for network in 0..10_000 {
            refusals.hear(&of("quarry", Reason::WrongKey), voice(network), 1, NOW);
        }
        let refused =
            Refused { reason: Reason::WrongKey, batches: 10_000, networks: MAX_VOICES as u64, taken: 0 };
        assert_eq!(refusals.lately(Some("quarry"), NOW), [refused]);
    }

    #[test]
    fn what_was_taken_in_in_the_same_hours_stands_beside_it() {
        let refusals = Refusals::default();
        refusals.take("quarry", 1, NOW - 2 * KEPT);
        for product in ["quarry", "quarry", "other"] {
            refusals.take(product, 2, NOW);
        }
        refusals.hear(&of("quarry", Reason::WrongKey), voice(1), 2, NOW);
        refusals.hear(&Reason::UnknownProduct.into(), voice(1), 2, NOW);
        let taken =
            |product| refusals.lately(product, NOW).iter().map(|refused| refused.taken).collect::<Vec<_>>();
        assert_eq!((taken(Some("quarry")), taken(None)), (vec![2], vec![3]));
    }
}
