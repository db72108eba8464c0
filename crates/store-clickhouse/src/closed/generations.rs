//! What the journal says of closed days: which generations are read, and which days of events they can hold.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aboveboard_replay::{JournalEntry, Order};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, InstallationKey};

/// For how many closed days states from before a removal are looked for: once a day, and again where that failed.
const RECENT_DAYS: usize = 4;

/// A day of the order that is closed on a shard, as the entry that wins says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) shard: u32,
    pub(super) day: Day,
    pub(super) generation: u64,
    pub(super) sums: u64,
    pub(super) first_day: Day,
    without: HashSet<InstallationKey>,
}

/// What of closed days is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Generations {
    shards: u32,
    last: Option<Day>,
    /// By shard and day.
    closings: BTreeMap<(u32, Day), Closing>,
    /// The day of receipt before which ids of batches are not needed any more.
    ids_to_delete: Option<Day>,
    /// The removals of which the last closed days are behind.
    removals: Vec<(String, InstallationKey, Order)>,
    /// From which day of events on which generations can hold it, as a sum of each kind; ascending.
    steps: Vec<Step>,
}

/// The generations that can hold the events of the days from one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    from: Day,
    rows: u64,
    sums: u64,
}

/// Which generation of a closing a table carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// That of rows, sets, states, ids and tallies.
    Rows,
    /// That of sums.
    Sums,
}

/// Which closings can hold what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// Events of these days.
    Events(Days),
    /// What was received on one of these days: it stands in the order on that day or later.
    Received(Days),
    /// Anything.
    Anything,
}

impl Holding {
    fn can_be_in(self, closing: &Closing) -> bool {
        match self {
            // An event is placed no later than its batch is received.
            Self::Events(days) => closing.first_day <= days.last && closing.day >= days.first,
            Self::Received(days) => closing.day >= days.first,
            Self::Anything => true,
        }
    }
}

impl Closing {
    pub(super) fn number(&self, of: Of) -> u64 {
        match of {
            Of::Rows => self.generation,
            Of::Sums => self.sums,
        }
    }
}

impl Generations {
    /// What a journal says to a cluster with so many shards.
    pub(super) fn of(journal: &[(Order, JournalEntry)], shards: u32) -> Self {
        let mut closings: BTreeMap<(u32, Day), Closing> = BTreeMap::new();
        let mut forgotten: Vec<(Day, Day)> = Vec::new();
        let mut removals: Vec<(&String, InstallationKey, Order)> = Vec::new();
        for (order, entry) in journal {
            match entry {
                JournalEntry::Closed { shard, day, generation, sums, first_day, without } => {
                    let known = closings.get(&(*shard, *day));
                    if known.is_some_and(|known| (known.generation, known.sums) >= (*generation, *sums)) {
                        continue;
                    }
                    let closing = Closing {
                        shard: *shard,
                        day: *day,
                        generation: *generation,
                        sums: *sums,
                        first_day: *first_day,
                        without: without.iter().copied().collect(),
                    };
                    closings.insert((*shard, *day), closing);
                }
                JournalEntry::IdsForgotten(day) => forgotten.push((order.day(), *day)),
                JournalEntry::Removal { product, installation, .. } => {
                    removals.push((product, *installation, *order));
                }
                _ => {}
            }
        }
        let newest = |shard| closings.range((shard, Day::MIN)..=(shard, Day::MAX)).next_back();
        let newest = (0..shards).map(|shard| newest(shard).map(|((_, day), _)| *day));
        // One shard may be ahead of another: a day counts once every shard has it.
        let last = newest.min().flatten();
        // What came before it was said is replayed with the ids, by collectors that are a little behind with the journal too.
        let said = forgotten.into_iter().filter(|(said, _)| Some(*said) < last);
        let ids_to_delete = said.map(|(_, day)| day).max();
        let days: BTreeSet<Day> =
            closings.keys().map(|(_, day)| *day).filter(|day| Some(*day) <= last).collect();
        let from = days.iter().rev().nth(RECENT_DAYS).or_else(|| days.first()).copied();
        // A removal on a day without a batch is with the day behind it.
        let is_recent = |order: &Order| Some(order.day()) >= from && Some(order.day()) < last;
        let removals = removals.into_iter().filter(|(_, _, order)| is_recent(order));
        let removals = removals.map(|(product, key, order)| (product.clone(), key, order)).collect();
        let steps = steps(closings.values().filter(|closing| Some(closing.day) <= last));
        Self { shards, last, closings, ids_to_delete, removals, steps }
    }

    /// The last day that is closed on every shard.
    pub(super) fn last(&self) -> Option<Day> {
        self.last
    }

    pub(super) fn shards(&self) -> u32 {
        self.shards
    }

    /// The closing of a day on a shard, also of one that is not closed everywhere yet.
    pub(super) fn closing(&self, shard: u32, day: Day) -> Option<&Closing> {
        self.closings.get(&(shard, day))
    }

    /// The greatest number of any generation.
    pub(super) fn greatest(&self) -> u64 {
        self.closings.values().map(|closing| closing.generation.max(closing.sums)).max().unwrap_or(0)
    }

    fn read(&self) -> impl Iterator<Item = &Closing> {
        self.closings.values().filter(|closing| Some(closing.day) <= self.last)
    }

    /// The generations of a shard that can hold what is asked for.
    pub(super) fn of_shard(&self, shard: u32, of: Of, holding: Holding) -> Vec<u64> {
        let wanted = self.read().filter(|closing| closing.shard == shard && holding.can_be_in(closing));
        wanted.map(|closing| closing.number(of)).collect()
    }

    /// Every generation that an entry which wins names, also of days that are not closed everywhere yet.
    pub(super) fn kept(&self, shard: u32, of: Of) -> Vec<u64> {
        let kept = self.closings.values().filter(|closing| closing.shard == shard);
        kept.map(|closing| closing.number(of)).collect()
    }

    /// The days that hold what is asked for can have, as ranges that do not touch, ascending.
    pub(super) fn spans(&self, holding: Holding) -> Vec<Days> {
        let mut spans: Vec<Days> = self
            .read()
            .filter(|closing| holding.can_be_in(closing))
            .map(|closing| Days { first: closing.first_day, last: closing.day })
            .collect();
        spans.sort_unstable();
        let mut joined: Vec<Days> = Vec::new();
        for span in spans {
            match joined.last_mut() {
                Some(before) if span.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(span.last);
                }
                _ => joined.push(span),
            }
        }
        joined
    }

    /// A number that changes whenever what can hold something changes.
    pub(super) fn fingerprint(&self, of: Of, holding: Holding) -> u64 {
        let wanted = self.read().filter(|closing| holding.can_be_in(closing));
        wanted.fold(0, |sum, closing| sum.wrapping_add(scattered(closing.number(of))))
    }

    /// The same of the events of one day, without a look at every closing.
    pub(super) fn fingerprint_of_day(&self, of: Of, day: Day) -> u64 {
        let behind = self.steps.partition_point(|step| step.from <= day);
        let step = behind.checked_sub(1).and_then(|place| self.steps.get(place));
        step.map_or(0, |step| match of {
            Of::Rows => step.rows,
            Of::Sums => step.sums,
        })
    }

    /// Whether the sums of a day lack an installation already.
    pub(super) fn lacking(&self, day: Day, installation: InstallationKey) -> bool {
        let shard = shard_of(installation, self.shards);
        self.closing(shard, day).is_some_and(|closing| closing.without.contains(&installation))
    }

    /// The removals on the last closed days but one.
    pub(super) fn removals(&self) -> &[(String, InstallationKey, Order)] {
        &self.removals
    }

    /// The day of receipt before which ids of batches are not needed any more; none where all are.
    pub(super) fn ids_to_delete(&self) -> Option<Day> {
        self.ids_to_delete
    }
}

/// The shard of an installation.
pub(super) fn shard_of(installation: InstallationKey, shards: u32) -> u32 {
    u32::try_from(installation.0 % u64::from(shards.max(1))).unwrap_or(0)
}

fn steps<'c>(closings: impl Iterator<Item = &'c Closing>) -> Vec<Step> {
    let mut changes: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
    for closing in closings {
        let rows = scattered(closing.generation);
        let sums = scattered(closing.sums);
        let begin = changes.entry(closing.first_day).or_default();
        *begin = (begin.0.wrapping_add(rows), begin.1.wrapping_add(sums));
        let end = changes.entry(closing.day.saturating_add(1)).or_default();
        *end = (end.0.wrapping_sub(rows), end.1.wrapping_sub(sums));
    }
    let mut rows = 0_u64;
    let mut sums = 0_u64;
    let steps = changes.into_iter().map(|(from, change)| {
        rows = rows.wrapping_add(change.0);
        sums = sums.wrapping_add(change.1);
        Step { from, rows, sums }
    });
    steps.collect()
}

/// A generation with its bits mixed, so that sums of several differ where the generations do.
fn scattered(generation: u64) -> u64 {
    let mut mixed = generation.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
