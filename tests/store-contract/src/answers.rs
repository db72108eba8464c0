//! The answers of a store to questions, beside what the lines of the reference come to, one by one.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_manifest::{Manifest, StepItem};
use aboveboard_store::calendar::{Day, monday};
use aboveboard_store::context::{ContextFilter, MarksFilter};
use aboveboard_store::figures::activity::{INTERVALS, IntervalActivity};
use aboveboard_store::figures::commands::Runs;
use aboveboard_store::figures::console::RouteUse;
use aboveboard_store::figures::counts::CountGroup;
use aboveboard_store::figures::{Answers, InstallationFilter, Question};
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{Days, FieldValue, QualityNote, Snapshot, Usage};
use aboveboard_types::envelope::{CodingAgent, CodingAgents, Marks};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::Version;

/// A day to ask questions on, after the last event that is drawn.
const TODAY: Day = 20_902;

/// Asks for every figure, and holds each against the reference.
pub(super) fn compare(snapshot: &dyn Snapshot, manifest: &Manifest, ledger: &[(String, i64)]) {
    let some = InstallationFilter {
        used: vec![Usage::Command("init".to_owned())],
        unused: vec![Usage::Action("table_tracked".to_owned())],
        ..InstallationFilter::default()
    };
    for marks in [MarksFilter::default(), MarksFilter::Headline(CodingAgents::Apart), MarksFilter::All] {
        for installations in [&InstallationFilter::default(), &some] {
            for length in [1, 30, 60] {
                let question = Question {
                    product: manifest.product.id.clone(),
                    days: Days { first: TODAY - length, last: TODAY - 1 },
                    today: TODAY,
                    hour: 0,
                    contexts: ContextFilter { marks, ..ContextFilter::default() },
                    installations: installations.clone(),
                };
                let expected = Expected::of(ledger, &question);
                expected.hold(&Answers::new(snapshot, &question, Some(manifest)), manifest);
            }
        }
    }
}

type Installations<'l> = BTreeSet<&'l str>;

/// What the lines of the reference come to for one question.
struct Expected<'l> {
    question: &'l Question,
    runs: BTreeMap<String, Runs>,
    actions: BTreeMap<String, u64>,
    routes: BTreeMap<String, RouteUse>,
    events: BTreeMap<String, u64>,
    /// By event, field and value.
    choices: BTreeMap<(String, String, String), u64>,
    quality: BTreeMap<QualityNote, u64>,
    /// By day, as far as there is data.
    active: BTreeMap<Day, Installations<'l>>,
    /// The day an installation was active last, and its highest version on it.
    last: BTreeMap<&'l str, (Day, Version)>,
    /// Those of each coding agent that were active in the window.
    agents: BTreeMap<CodingAgent, BTreeSet<&'l str>>,
    first: BTreeMap<&'l str, Day>,
    /// The day of the first receipt.
    received: BTreeMap<&'l str, Day>,
    /// By count and entry.
    counts: BTreeMap<(String, String), Vec<u64>>,
    reported: Installations<'l>,
    /// The days on which each installation used something, by axis and name.
    used: BTreeMap<(&'l str, &'l str), BTreeMap<&'l str, BTreeSet<Day>>>,
}

impl<'l> Expected<'l> {
    fn of(ledger: &'l [(String, i64)], question: &'l Question) -> Self {
        let mut expected = Self {
            question,
            runs: BTreeMap::new(),
            actions: BTreeMap::new(),
            routes: BTreeMap::new(),
            events: BTreeMap::new(),
            choices: BTreeMap::new(),
            quality: BTreeMap::new(),
            active: BTreeMap::new(),
            last: BTreeMap::new(),
            agents: BTreeMap::new(),
            first: BTreeMap::new(),
            received: BTreeMap::new(),
            counts: BTreeMap::new(),
            reported: BTreeSet::new(),
            used: BTreeMap::new(),
        };
        let kept = expected.kept(ledger);
        for (line, number) in ledger {
            let number = u64::try_from(*number).unwrap();
            let Some((what, rest)) = line.split_once(' ') else { continue };
            if what == "first" {
                let (id, day) = rest.split_once(' ').unwrap();
                expected.first.insert(id, day.parse().unwrap());
                continue;
            }
            if what == "received" {
                let (id, day) = rest.split_once(' ').unwrap();
                expected.received.insert(id, day.parse().unwrap());
                continue;
            }
            if matches!(what, "version" | "since" | "success" | "batches" | "began" | "last") {
                continue;
            }
            let Some((version, marks, rest)) = expected.context(rest) else { continue };
            let (day, rest) = rest.split_once(' ').unwrap();
            // `latest` names the hour too.
            let day: Day = day.split('.').next().unwrap().parse().unwrap();
            match what {
                "cube" if expected.is_in_window(day) => expected.cell(rest, number),
                "quality" if expected.is_in_window(day) => {
                    *expected.quality.entry(note(rest)).or_default() += number;
                }
                "active" if kept.contains(rest) => {
                    expected.active.entry(day).or_default().insert(rest);
                    if expected.is_in_window(day) {
                        let last = expected.last.entry(rest).or_insert((day, version));
                        *last = (*last).max((day, version));
                        if let Some(agent) = marks.agent() {
                            expected.agents.entry(agent).or_default().insert(rest);
                        }
                    }
                }
                "used" => {
                    let mut words = rest.splitn(4, ' ');
                    let [id, axis, _, name] = [(); 4].map(|()| words.next().unwrap());
                    if kept.contains(id) {
                        expected.used.entry((axis, name)).or_default().entry(id).or_default().insert(day);
                    }
                }
                "latest" if expected.is_in_window(day) => {
                    let (id, count) = rest.split_once(' ').unwrap();
                    let (count, entry) = count.split_once(' ').unwrap();
                    if kept.contains(id) {
                        expected.reported.insert(id);
                        let key = (count.to_owned(), entry.to_owned());
                        expected.counts.entry(key).or_default().push(number);
                    }
                }
                _ => {}
            }
        }
        expected
    }

    /// The installations that the question's filter keeps, of all that were ever active.
    fn kept(&self, ledger: &'l [(String, i64)]) -> Installations<'l> {
        let mut all: Installations<'l> = BTreeSet::new();
        let mut used: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
        for (line, _) in ledger {
            match line.split_once(' ') {
                Some(("active", rest)) => all.extend(rest.rsplit(' ').next()),
                Some(("used", rest)) => {
                    let mut words = rest.splitn(10, ' ').skip(6);
                    let mut word = || words.next().unwrap();
                    let day = word();
                    let id = word();
                    let axis = word();
                    let (_, name) = word().split_once(' ').unwrap();
                    if self.is_in_window(day.parse().unwrap()) {
                        used.insert((id, axis, name));
                    }
                }
                _ => {}
            }
        }
        let filter = &self.question.installations;
        let has_used = |id: &str, usage: &Usage| match usage {
            Usage::Command(name) => used.contains(&(id, "1", name)),
            Usage::Action(name) => used.contains(&(id, "2", name)),
            Usage::Event(name) => used.contains(&(id, "5", name)),
            Usage::Report => used.contains(&(id, "4", "")),
        };
        all.retain(|id| {
            filter.used.iter().all(|usage| has_used(id, usage))
                && !filter.unused.iter().any(|usage| has_used(id, usage))
        });
        all
    }

    fn is_in_window(&self, day: Day) -> bool {
        (self.question.days.first..=self.question.days.last).contains(&day)
    }

    /// The version and the marks of a context and what follows it; none where the context does not count.
    fn context(&self, line: &'l str) -> Option<(Version, Marks, &'l str)> {
        let mut parts = line.splitn(7, ' ');
        let product = parts.next()?;
        let _component = parts.next()?;
        let version = unpack_version(parts.next()?.parse().ok()?);
        let _os = parts.next()?;
        let _arch = parts.next()?;
        let marks = Marks::from_bits(parts.next()?.parse().ok()?);
        let counts = product == self.question.product && self.question.contexts.marks.keeps(marks);
        counts.then_some((version, marks, parts.next()?))
    }

    fn cell(&mut self, cell: &str, number: u64) {
        let (axis, cell) = cell.split_once(' ').unwrap();
        let (name, detail) = cell.rsplit_once(' ').unwrap();
        match axis {
            "1" => {
                let runs = self.runs.entry(name.to_owned()).or_default();
                match detail {
                    "1" => runs.error += number,
                    "2" => runs.unfinished += number,
                    _ => runs.well += number,
                }
            }
            "2" => {
                *self.actions.entry(name.to_owned()).or_default() += number;
                self.routes.entry(detail.to_owned()).or_default().actions += number;
            }
            "3" => self.routes.entry(name.to_owned()).or_default().views += number,
            "5" => *self.events.entry(name.to_owned()).or_default() += number,
            "8" => {
                let (event, field) = name.split_once('.').unwrap();
                let key = (event.to_owned(), field.to_owned(), detail.to_owned());
                *self.choices.entry(key).or_default() += number;
            }
            _ => {}
        }
    }

    fn hold(&self, answers: &Answers<'_>, manifest: &Manifest) {
        self.hold_activity(answers);
        self.hold_retention(answers);
        self.hold_events(answers);
        self.hold_counts(answers);
        self.hold_funnels(answers, manifest);
        for note in self.quality.keys().chain([&QualityNote::Unplaced, &QualityNote::Cloned]) {
            let expected = self.quality.get(note).copied().unwrap_or(0);
            assert_eq!(answers.quality().unwrap().of(*note), expected, "{note:?}");
        }
    }

    /// Everybody who was active on one of the days.
    fn present(&self, days: std::ops::RangeInclusive<Day>) -> Installations<'l> {
        self.active.range(days).flat_map(|(_, active)| active.iter().copied()).collect()
    }

    fn hold_activity(&self, answers: &Answers<'_>) {
        let activity = answers.activity().unwrap();
        let Days { first, last } = self.question.days;
        let present = self.present(first..=last);
        assert_eq!(activity.installations, present.len() as u64);
        // Every component of the tests' product is verified after two days.
        let unverified = present.iter().filter(|id| self.received[**id] > last - 2).count();
        assert_eq!(activity.unverified, unverified as u64);
        for (day, counted) in &activity.days {
            let active = self.present(*day..=*day);
            let new = active.iter().filter(|id| self.first[**id] == *day).count();
            assert_eq!((counted.active, counted.new), (Some(active.len() as u64), Some(new as u64)), "{day}");
        }
        for (interval, days) in activity.intervals.iter().zip(INTERVALS) {
            let now = self.present(last - days + 1..=last);
            let before = self.present(last - 2 * days + 1..=last - days);
            let new = |active: &Installations<'_>, last: Day| {
                active.iter().filter(|id| self.first[**id] > last - days).count() as u64
            };
            let reaches = interval.before.is_some();
            let expected = IntervalActivity {
                active: Some(now.len() as u64),
                before: reaches.then_some(before.len() as u64),
                new: Some(new(&now, last)),
                new_before: interval.new_before.map(|_| new(&before, last - days)),
                gone: reaches.then(|| before.difference(&now).count() as u64),
            };
            assert_eq!(*interval, expected, "{days} days");
        }
        let mut versions: BTreeMap<Version, u64> = BTreeMap::new();
        for (_, version) in self.last.values() {
            *versions.entry(*version).or_default() += 1;
        }
        assert_eq!(activity.versions, versions);
        let of_platforms: u64 = activity.platforms.iter().map(|platform| platform.installations).sum();
        assert_eq!(of_platforms, activity.installations, "there is but one platform");
        let agents = self.agents.iter().map(|(agent, installations)| (*agent, installations.len() as u64));
        assert_eq!(activity.agents, agents.collect());
    }

    fn hold_retention(&self, answers: &Answers<'_>) {
        for cohort in answers.retention().unwrap() {
            let of_week = |week: Day| self.present(week..=week + 6);
            let mut first = of_week(cohort.week);
            first.retain(|id| monday(self.first[id]) == cohort.week);
            assert_eq!(cohort.installations, first.len() as u64);
            for (active, week) in cohort.active.iter().zip(1..) {
                let again = of_week(cohort.week + 7 * week).intersection(&first).count() as u64;
                assert!(active.is_none_or(|active| active == again), "{} +{week}", cohort.week);
            }
        }
    }

    fn hold_events(&self, answers: &Answers<'_>) {
        let commands = answers.commands().unwrap().ranked();
        let commands =
            commands.into_iter().map(|(command, figures)| (command.to_owned(), figures.runs)).collect();
        assert_eq!(self.runs, commands);
        let console = answers.console().unwrap();
        assert_eq!((&console.actions, &console.routes), (&self.actions, &self.routes));
        let events = &answers.events().unwrap().by_event;
        let times = events.iter().map(|(event, figures)| (event.clone(), figures.times()));
        assert_eq!(self.events, times.collect());
        let mut choices = BTreeMap::new();
        for (event, figures) in events {
            for (field, values) in &figures.fields {
                for (value, times) in values {
                    let choice = match value {
                        FieldValue::Choice(choice) => choice.to_string(),
                        FieldValue::NoMember => String::new(),
                        other => panic!("{other:?} is no choice"),
                    };
                    choices.insert((event.clone(), field.clone(), choice), *times);
                }
            }
        }
        assert_eq!(self.choices, choices);
    }

    /// Day by day, with the latest first step from which each step was reached: another way than that of the figures.
    fn hold_funnels(&self, answers: &Answers<'_>, manifest: &Manifest) {
        assert!(!manifest.funnels.is_empty());
        let Days { first, last } = self.question.days;
        for (funnel, figures) in manifest.funnels.iter().zip(answers.funnels().unwrap()) {
            let within = Day::from(funnel.within);
            let nobody = BTreeMap::new();
            let steps: Vec<_> = funnel
                .steps
                .iter()
                .map(|step| match manifest.step(step).unwrap() {
                    StepItem::Command(name) => ("1", name),
                    StepItem::Action(name) => ("2", name),
                    StepItem::Event(name) => ("5", name),
                    _ => ("4", String::new()),
                })
                .map(|(axis, name)| {
                    let mut used = self.used.iter();
                    used.find(|((of, other), _)| *of == axis && *other == name)
                        .map_or(&nobody, |(_, days)| days)
                })
                .collect();
            let mut expected = vec![(0, 0, 0); steps.len()];
            for id in steps[0].keys() {
                let mut latest: Vec<Option<Day>> = vec![None; steps.len()];
                for day in first..=(last + within - 1).min(TODAY) {
                    for at in 0..steps.len() {
                        if !steps[at].get(id).is_some_and(|days| days.contains(&day)) {
                            continue;
                        }
                        let from =
                            if at == 0 { Some(day).filter(|day| *day <= last) } else { latest[at - 1] };
                        if from.is_some_and(|from| day - from < within) {
                            latest[at] = latest[at].max(from);
                        }
                    }
                }
                let reached = latest.iter().flatten().count();
                for step in &mut expected[..reached] {
                    step.0 += 1;
                }
                if let Some(start) = latest[0].filter(|_| reached < steps.len()) {
                    let step = &mut expected[reached - 1];
                    if TODAY - start < within { step.2 += 1 } else { step.1 += 1 }
                }
            }
            let found: Vec<_> =
                figures.steps.iter().map(|step| (step.reached, step.stopped, step.has_time)).collect();
            assert_eq!(found, expected, "{} of {:?}", funnel.name, self.question);
        }
    }

    fn hold_counts(&self, answers: &Answers<'_>) {
        let counts = answers.counts().unwrap();
        assert_eq!(counts.installations, self.reported.len() as u64);
        for sizes in &counts.counts {
            for group in &sizes.groups {
                let entry =
                    if let CountGroup::Entry(entry) = &group.group { entry.clone() } else { String::new() };
                let none = Vec::new();
                let numbers = self.counts.get(&(sizes.count.clone(), entry)).unwrap_or(&none);
                assert_eq!(group.of, numbers.len() as u64);
                let holds = |number: &u64| match &group.group {
                    CountGroup::All => true,
                    CountGroup::Band(from, to) => from <= number && to.is_none_or(|to| *number <= to),
                    CountGroup::Entry(_) => *number > 0,
                };
                let mut of_group: Vec<u64> = numbers.iter().copied().filter(holds).collect();
                of_group.sort_unstable();
                assert_eq!(group.installations, of_group.len() as u64);
                let total = most_of_one(numbers)
                    .map(|most| of_group.iter().map(|number| most.min(*number)).sum::<u64>());
                assert_eq!(group.total, total, "{numbers:?}");
                let at_most = |median: u64| of_group.iter().filter(|number| **number <= median).count() * 2;
                assert_eq!(group.median.is_none(), of_group.is_empty());
                assert!(group.median.is_none_or(|median| at_most(median) >= of_group.len()));
            }
        }
    }
}

/// The note of a line's last word.
fn note(word: &str) -> QualityNote {
    match word {
        "batch" => QualityNote::Batch,
        "duplicate" => QualityNote::Duplicate,
        "conflict" => QualityNote::Conflict,
        "unplaced" => QualityNote::Unplaced,
        "refused" => QualityNote::Refused,
        "over-cap" => QualityNote::OverCap,
        "erased" => QualityNote::Erased,
        "cloned" => QualityNote::Cloned,
        "other-version" => QualityNote::OtherVersion,
        "overgrown" => QualityNote::Overgrown,
        drops => QualityNote::Dropped(DropReason::parse(drops.strip_prefix("drop:").unwrap()).unwrap()),
    }
}

/// What one installation weighs at most in a total: as much as the largest number after those of the hundredth with the
/// largest ones, and after as many as the square root of their number at least. `None` where nobody else has any.
fn most_of_one(numbers: &[u64]) -> Option<u64> {
    let mut some: Vec<u64> = numbers.iter().copied().filter(|number| *number > 0).collect();
    some.sort_unstable_by(|a, b| b.cmp(a));
    let left_out = some.len().isqrt().max(some.len() / 100);
    match numbers.len() {
        1 => Some(numbers[0]),
        _ if some.is_empty() => Some(0),
        _ => some.get(left_out).copied(),
    }
}
