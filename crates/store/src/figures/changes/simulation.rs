//! Made-up histories: how often is something marked as worse though nothing changed, and how soon is it said that a command fails
//! twice as often.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::super::super::installation_set::{InstallationSet, Member};
use super::find::find;
use super::finding::{Changes, Finding, Tone};
use super::history::Gathering;
use crate::calendar::Day;

/// The last day of a history.
const LAST: Day = 69;

/// The first day that is made up: what is received from the first day that is compared on may have been on its way.
const FIRST: Day = LAST - 40;

const ENDINGS: [Ending; 3] = [Ending::Success, Ending::Error, Ending::Unfinished];

/// What is made up.
#[derive(Clone, Copy, Debug)]
struct World {
    installations: u32,
    commands: usize,
    /// How many commands an active installation runs in a day.
    runs: usize,
    /// The share of installations that are active on a weekday.
    active: f64,
    /// Other people work at weekends.
    has_weekends: bool,
    /// The share of runs that fail, and that are left unfinished.
    failing: f64,
    unfinished: f64,
    /// The same machines fail each day.
    is_persistent: bool,
    /// One machine runs the first command all day, and it fails.
    has_loop: bool,
    /// The share of days that are delivered one to three days late.
    late: f64,
    /// The share of installations that another one replaces each day.
    turnover: f64,
    /// By how much the share that fails, and the share that is active, differ from day to day, relatively.
    unsteady: f64,
    /// The same from week to week.
    unsteady_weeks: f64,
    /// The share that moves to the newest version each day of the last three weeks; none have it before.
    adoption: f64,
    /// How many weeks before there are to compare with.
    weeks: Day,
    /// How many days before the last one the first command begins to fail twice as often; never if negative.
    doubled: Day,
}

const CALM: World = World {
    installations: 600,
    commands: 3,
    runs: 2,
    active: 0.5,
    has_weekends: false,
    failing: 0.1,
    unfinished: 0.02,
    is_persistent: false,
    has_loop: false,
    late: 0.0,
    turnover: 0.0,
    unsteady: 0.0,
    unsteady_weeks: 0.0,
    adoption: 0.0,
    weeks: 4,
    doubled: -1,
};

/// Kinds of history in which nothing changes.
const STEADY: [(&str, World); 21] = [
    ("calm", CALM),
    ("other people at weekends", World { has_weekends: true, ..CALM }),
    ("the same machines fail", World { is_persistent: true, ..CALM }),
    (
        "the same machines fail, other people at weekends",
        World { is_persistent: true, has_weekends: true, turnover: 0.01, ..CALM },
    ),
    ("one machine loops", World { has_loop: true, ..CALM }),
    ("a third comes late", World { late: 0.3, ..CALM }),
    ("a third comes late, weekends", World { late: 0.3, has_weekends: true, ..CALM }),
    ("one in fifty is replaced each day", World { turnover: 0.02, ..CALM }),
    ("sixty commands", World { commands: 60, runs: 6, ..CALM }),
    ("sixty commands that all run", World { commands: 60, runs: 60, installations: 200, ..CALM }),
    ("small", World { installations: 50, ..CALM }),
    ("large", World { installations: 3_000, ..CALM }),
    ("large, sixty commands", World { installations: 3_000, commands: 60, runs: 4, ..CALM }),
    ("unsteady days", World { unsteady: 0.2, ..CALM }),
    (
        "large, unsteady days, weekends",
        World { installations: 3_000, unsteady: 0.2, has_weekends: true, ..CALM },
    ),
    ("unsteady weeks", World { unsteady_weeks: 0.1, ..CALM }),
    (
        "large, unsteady weeks, weekends",
        World { installations: 3_000, unsteady_weeks: 0.1, turnover: 0.02, has_weekends: true, ..CALM },
    ),
    ("two weeks before, large", World { installations: 3_000, weeks: 2, ..CALM }),
    ("three weeks before, unsteady days", World { unsteady: 0.1, weeks: 3, ..CALM }),
    ("a release is adopted", World { adoption: 0.1, ..CALM }),
    (
        "a release is adopted on unsteady days by many, late",
        World {
            installations: 3_000,
            adoption: 0.1,
            unsteady: 0.2,
            late: 0.3,
            turnover: 0.01,
            has_weekends: true,
            ..CALM
        },
    ),
];

const DOUBLED: World = World { runs: 3, doubled: 1, ..CALM };

/// Kinds of history in which the first command, which 300 installations run in a day and which fails for a tenth of them, fails
/// twice as often on the last two days; or three, where a third of what is sent on the first of them has not come yet.
const DOUBLING: [(&str, World); 9] = [
    ("calm", DOUBLED),
    ("other people at weekends", World { has_weekends: true, ..DOUBLED }),
    ("the same machines fail", World { is_persistent: true, ..DOUBLED }),
    ("one machine loops", World { has_loop: true, ..DOUBLED }),
    ("a third comes late", World { late: 0.3, doubled: 2, ..DOUBLED }),
    ("one in fifty is replaced each day", World { turnover: 0.02, ..DOUBLED }),
    ("sixty commands of which others run few", World { runs: 6, commands: 60, ..DOUBLED }),
    ("unsteady days", World { unsteady: 0.05, ..DOUBLED }),
    ("three weeks before", World { weeks: 3, ..DOUBLED }),
];

/// Chance that repeats: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// About 1, differing by so much: a sum of uniform numbers is as good as normal here.
    fn about_one(&mut self, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        (1.0 + (sum - 6.0) * deviation).clamp(0.2, 3.0)
    }
}

/// An installation.
struct Machine {
    member: Member,
    works_at_weekends: bool,
    is_newest: bool,
    fails: bool,
}

/// What was received, by day.
struct Received {
    world: World,
    first: BTreeMap<Day, InstallationSet>,
    /// By day and version.
    active: Vec<InstallationSet>,
    /// By day, command, version and ending.
    endings: Vec<InstallationSet>,
}

const VERSIONS: [Version; 2] = [version(1), version(2)];

const fn version(major: u16) -> Version {
    Version { major, minor: 0, patch: 0, channel: aboveboard_types::value::Channel::Stable }
}

impl Received {
    fn make_up(world: World, seed: u64) -> Self {
        let days = usize::try_from(LAST + 1 - FIRST).unwrap();
        let mut received = Self {
            world,
            first: BTreeMap::new(),
            active: vec![InstallationSet::default(); days * 2],
            endings: vec![InstallationSet::default(); days * world.commands * 6],
        };
        let mut random = Random(seed);
        let mut next = 0;
        let mut machine = |random: &mut Random| {
            next += 1;
            Machine {
                member: Member(next),
                works_at_weekends: random.chance(0.3),
                is_newest: false,
                fails: random.chance(world.failing),
            }
        };
        let mut machines: Vec<Machine> = (0..world.installations).map(|_| machine(&mut random)).collect();
        let mut of_week = [1.0; 2];
        for day in FIRST..=LAST {
            if (LAST - day) % 7 == 6 {
                of_week = [(); 2].map(|()| random.about_one(world.unsteady_weeks));
            }
            let is_busy = of_week[0] * random.about_one(world.unsteady);
            let is_unlucky = of_week[1] * random.about_one(world.unsteady);
            for (at, place) in machines.iter_mut().enumerate() {
                if random.chance(world.turnover) {
                    *place = machine(&mut random);
                }
                if day > LAST - 21 && random.chance(world.adoption) {
                    place.is_newest = true;
                }
                let loops = world.has_loop && at == 0;
                if loops || random.chance(received.presence(place, day) * is_busy) {
                    let failing = world.failing * is_unlucky * if loops { 10.0 } else { 1.0 };
                    received.spend_day(place, day, failing, &mut random);
                }
            }
        }
        received.find_first(days);
        received
    }

    /// Who was there from the start is not new.
    fn find_first(&mut self, days: usize) {
        let mut seen = InstallationSet::default();
        (1..=self.world.installations).for_each(|number| seen.insert(Member(number)));
        self.first.insert(0, seen.clone());
        for (at, day) in (0..days).zip(FIRST..) {
            let mut fresh = self.active[at * 2].clone();
            fresh.unite(&self.active[at * 2 + 1]);
            fresh.subtract(&seen);
            seen.unite(&fresh);
            self.first.insert(day, fresh);
        }
    }

    /// How likely a machine is there on a day.
    fn presence(&self, machine: &Machine, day: Day) -> f64 {
        let is_weekend = (day + 3) % 7 >= 5;
        match (self.world.has_weekends, is_weekend == machine.works_at_weekends) {
            (false, _) => self.world.active,
            (true, true) => self.world.active * if is_weekend { 0.8 } else { 1.4 },
            (true, false) => 0.05,
        }
    }

    fn spend_day(&mut self, machine: &Machine, day: Day, failing: f64, random: &mut Random) {
        let delay = if random.chance(self.world.late) { 1 + random.below(3) } else { 0 };
        let at = usize::try_from(day - FIRST).unwrap() + delay;
        let version = usize::from(machine.is_newest);
        let Some(active) = self.active.get_mut(at * 2 + version) else { return };
        active.insert(machine.member);
        let commands = self.world.commands;
        for run in 0..self.world.runs {
            // The first command is run by all; of the others some.
            let command = if run == 0 || self.world.runs == commands { run } else { random.below(commands) };
            let worse = if command == 0 && LAST - day <= self.world.doubled { 2.0 } else { 1.0 };
            let fails = if self.world.is_persistent {
                machine.fails || random.chance((worse - 1.0) * failing / (1.0 - failing))
            } else {
                random.chance(worse * failing)
            };
            let ending = match (fails, random.chance(self.world.unfinished)) {
                (true, _) => 1,
                (false, true) => 2,
                (false, false) => 0,
            };
            self.endings[((at * commands + command) * 2 + version) * 3 + ending].insert(machine.member);
        }
    }

    /// What a look on the morning after `last` says.
    fn look(&self, last: Day) -> Changes {
        let mut gathering = Gathering::until(last, 0);
        gathering.known_from(Some(LAST - 10 - 7 * self.world.weeks));
        let days = usize::try_from(last + 1 - FIRST).unwrap();
        for (day, set) in self.first.range(..=last) {
            gathering.first(*day, set.clone());
        }
        let day = |at: usize| FIRST + Day::try_from(at).unwrap();
        for (at, set) in self.active.iter().enumerate().take(days * 2) {
            gathering.active(day(at / 2), Component::Cli, VERSIONS[at % 2], set.clone());
        }
        let width = self.world.commands * 6;
        for (at, set) in self.endings.iter().enumerate().take(days * width) {
            if !set.is_empty() {
                let command = format!("c{}", at % width / 6);
                let context = (Component::Cli, VERSIONS[at / 3 % 2]);
                gathering.ending(day(at / width), &command, context, ENDINGS[at % 3], set.clone());
            }
        }
        find(&gathering.finish(), &BTreeMap::from([(VERSIONS[0], 0), (VERSIONS[1], LAST - 20)]), &[])
    }
}

fn names_the_command(changes: &Changes) -> bool {
    changes.found.iter().any(|change| {
        matches!(&change.finding, Finding::Ending { command, ending: Ending::Error, is_more: true, .. } if command == "c0")
    })
}

/// Whether the full count was asked for: then each kind is judged by itself, and else all together.
fn is_full() -> bool {
    std::env::var_os("ABOVEBOARD_TORTURE").is_some()
}

/// Makes up histories of each kind, and counts those that are `hit`. No kind may have more than `most` in a hundred.
fn count(kinds: &[(&str, World)], most: u64, hit: impl Fn(&str, &Received) -> bool) {
    let looks = if is_full() { 1_000 } else { 10 };
    let mut all = 0;
    for (kind, world) in kinds {
        let hits = (0..looks).filter(|seed| hit(kind, &Received::make_up(*world, *seed))).count() as u64;
        println!("{kind}: {hits} of {looks}");
        assert!(!is_full() || hits * 100 < looks * most, "{kind}: {hits} of {looks}");
        all += hits;
    }
    assert!(all * 100 < looks * most * kinds.len() as u64, "{all} of {looks} for each kind");
}

#[test]
fn torture_where_nothing_changes_few_looks_mark_anything_as_worse() {
    count(&STEADY, 5, |kind, received| {
        let changes = received.look(LAST);
        let is_marked = changes.found.iter().any(|change| change.tone == Tone::Bad);
        if is_marked {
            println!("{kind}: {:?}", changes.found);
        }
        is_marked
    });
}

#[test]
fn torture_a_command_that_fails_twice_as_often_is_named_within_two_days() {
    count(&DOUBLING, 10, |_, received| {
        !(LAST - received.world.doubled..=LAST).any(|day| names_the_command(&received.look(day)))
    });
}
