//! Which newer revisions of a manifest agents send, for the operator who has not installed them yet.
//!
//! Anybody with the public ingest key can name a revision. So each network has one voice, and a revision is known by how
//! many networks name it: whoever makes revisions up neither pushes out a true one nor makes a false one weigh more than its
//! own network does. Where networks cannot be distinguished, because all senders come through a proxy whose hops are not
//! configured, an installation has the voice; installations can be made up, so there this bounds memory and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

/// Most revisions of a product that are named; the others are counted. A product has few that are newer than what is
/// installed.
const MAX_NAMED: usize = 4;

/// How far above the newest installed revision one is named. A product raises its revision by one at a time; what is
/// further off is most likely made up, and is counted.
const MAX_AHEAD: u32 = 1_000;

/// Most networks whose voices are distinguished, for each product. Far more than are needed to recognise a real revision.
const MAX_VOICES: usize = 4_096;

/// How long the voices of an hour are distinguished: no longer than anything else that is known of an address. Agents whose
/// batch waits for a revision ask again every hour.
const HOUR: Duration = Duration::from_secs(3_600);

/// Who names a revision: an address prefix under the secret of the hour, or the installation where everybody comes through
/// one proxy and no network can be told from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Voice(pub(crate) [u8; 16]);

/// Not for a log.
impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voice(…)")
    }
}

/// What was named of a product.
#[derive(Debug)]
pub(crate) struct AwaitedRevisions {
    since: Instant,
    /// What each names now.
    voices: HashMap<Voice, u32>,
    /// How many named which revision in the hour before.
    before: BTreeMap<u32, u64>,
}

/// The revisions that are awaited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Those that most networks name, in order, each with how many networks do.
    pub(crate) named: Vec<(u32, u64)>,
    /// How many others there are.
    pub(crate) more: u64,
}

impl AwaitedRevisions {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, voices: HashMap::new(), before: BTreeMap::new() }
    }

    /// Takes the voice of somebody, in the place of what it named before.
    pub(crate) fn hear(&mut self, voice: Voice, revision: u32, now: Instant) {
        self.turn(now);
        if self.voices.len() < MAX_VOICES || self.voices.contains_key(&voice) {
            self.voices.insert(voice, revision);
        }
    }

    /// What is named that is newer than this.
    pub(crate) fn above(&mut self, newest: u32, now: Instant) -> Awaited {
        self.turn(now);
        let mut revisions = self.before.clone();
        for (revision, voices) in self.counted() {
            let most = revisions.entry(revision).or_default();
            *most = voices.max(*most);
        }
        let mut named: Vec<_> = revisions.into_iter().filter(|(revision, _)| *revision > newest).collect();
        let all = named.len();
        named.retain(|(revision, _)| *revision <= newest.saturating_add(MAX_AHEAD));
        named.sort_by_key(|(revision, voices)| std::cmp::Reverse((*voices, *revision)));
        named.truncate(MAX_NAMED);
        named.sort_unstable();
        let more = (all - named.len()) as u64;
        Awaited { named, more }
    }

    /// After an hour the numbers are left, and no voice.
    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed < HOUR {
            return;
        }
        self.before = if passed < 2 * HOUR { self.counted() } else { BTreeMap::new() };
        self.voices = HashMap::new();
        self.since = now;
    }

    fn counted(&self) -> BTreeMap<u32, u64> {
        let mut counted = BTreeMap::new();
        for revision in self.voices.values() {
            *counted.entry(*revision).or_default() += 1;
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u8) -> Voice {
        Voice([number; 16])
    }

    #[test]
    fn one_network_neither_hides_a_revision_nor_makes_many_up() {
        let now = Instant::now();
        let mut awaited = AwaitedRevisions::new(now);
        // A true revision, if far ahead, is named by one network, and a stranger names others from another.
        awaited.hear(network(1), 1_001, now);
        for revision in 2..1_000 {
            awaited.hear(network(2), revision, now);
        }
        let named = awaited.above(1, now);
        assert_eq!(named, Awaited { named: vec![(999, 1), (1_001, 1)], more: 0 });
        // Many networks of a stranger, and more of the product.
        for number in 10..20 {
            awaited.hear(network(number), u32::from(number), now);
        }
        for number in 30..33 {
            awaited.hear(network(number), 1_001, now);
        }
        let named = awaited.above(1, now);
        assert_eq!((named.named.last(), named.named.len(), named.more), (Some(&(1_001, 4)), 4, 8));
        assert_eq!(awaited.above(1_001, now), Awaited::default(), "it is here");
        awaited.hear(network(40), 20_270_101, now);
        assert_eq!(awaited.above(1_001, now), Awaited { named: vec![], more: 1 }, "too far off to be named");
    }

    #[test]
    fn voices_last_an_hour_and_their_number_one_more() {
        let now = Instant::now();
        let mut awaited = AwaitedRevisions::new(now);
        awaited.hear(network(1), 2, now);
        awaited.hear(network(2), 2, now);
        let next = now + HOUR;
        awaited.hear(network(3), 2, next);
        assert_eq!(awaited.above(1, next).named, [(2, 2)]);
        assert_eq!(awaited.voices.len(), 1);
        assert_eq!(awaited.above(1, next + HOUR).named, [(2, 1)]);
        assert_eq!(awaited.above(1, next + 2 * HOUR), Awaited::default());
        awaited.hear(network(3), 2, next + 2 * HOUR);
        assert_eq!(awaited.above(1, next + 5 * HOUR), Awaited::default(), "nobody named it for hours");
    }

    #[test]
    fn only_so_many_voices_are_told_apart() {
        let now = Instant::now();
        let mut awaited = AwaitedRevisions::new(now);
        for number in 0..2 * MAX_VOICES as u64 {
            let mut voice = [0; 16];
            voice[..8].copy_from_slice(&number.to_be_bytes());
            awaited.hear(Voice(voice), 2, now);
        }
        assert_eq!(awaited.above(1, now).named, [(2, MAX_VOICES as u64)]);
    }
}
