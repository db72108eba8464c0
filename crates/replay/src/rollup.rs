//! What outcomes come to together: sums, sets and tallies.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::{InstallationKey, RequestSum};
use aboveboard_store::step::step_below;
use aboveboard_store::versions::OTHER;
use aboveboard_types::envelope::Mark;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use crate::batch::{Batch, Naming, SentContext, SentEvent, SentKind, SentValue};
use crate::closed::{CellKey, MemberKey, SetAxis, TallyKey, TallyKind};
use crate::outcome::{Fate, Outcome};

/// What outcomes come to. What was added can be taken out again, so that an installation may be played anew alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollup(HashMap<Arc<str>, ProductRollup>);

/// The same of one product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductRollup {
    /// Sums.
    cells: HashMap<CellKey, i64>,
    /// Members of sets, with how many rows put each in. Copies of a rollup share those that did not change.
    members: BTreeMap<MemberKey, Arc<HashMap<InstallationKey, u32>>>,
    /// Tallies that are summed.
    sums: BTreeMap<TallyKey, i64>,
    /// What the least and the greatest tallies are taken from, with how often each came.
    ends: BTreeMap<TallyKey, BTreeMap<i64, u32>>,
}

/// What recorded a batch, as it stands in what is counted, and in what was noted of it.
#[derive(Clone, Copy, Debug)]
pub struct BatchContexts<'c> {
    /// In sums and sets.
    pub counted: &'c Arc<SentContext>,
    /// In notes.
    pub noted: &'c Arc<SentContext>,
}

impl Rollup {
    /// Adds what a batch came to, under its contexts.
    pub fn add(&mut self, batch: &Batch, contexts: BatchContexts<'_>, outcome: &Outcome) {
        self.change(batch, contexts, outcome, 1);
    }

    /// Takes out what was added with just the same.
    pub fn take(&mut self, batch: &Batch, contexts: BatchContexts<'_>, outcome: &Outcome) {
        self.change(batch, contexts, outcome, -1);
    }

    /// Takes out all of a product.
    pub fn forget(&mut self, product: &str) {
        self.0.remove(product);
    }

    /// What there is of a product.
    #[must_use]
    pub fn product(&self, product: &str) -> Option<&ProductRollup> {
        self.0.get(product)
    }

    /// What there is of each product, in no order.
    pub fn products(&self) -> impl Iterator<Item = (&Arc<str>, &ProductRollup)> {
        self.0.iter()
    }

    fn change(&mut self, batch: &Batch, contexts: BatchContexts<'_>, outcome: &Outcome, sign: i8) {
        let product = self.0.entry(Arc::clone(&batch.product)).or_default();
        let BatchContexts { counted, noted } = contexts;
        Change { product, batch, context: counted, noted, sign }.outcome(outcome);
        if sign < 0 && *product == ProductRollup::default() {
            self.0.remove(&batch.product);
        }
    }
}

impl ProductRollup {
    /// The sums, in no order.
    pub fn cells(&self) -> impl Iterator<Item = (&CellKey, i64)> {
        self.cells.iter().map(|(key, sum)| (key, *sum))
    }

    /// The sets, by axis and period, each with its members in no order.
    pub fn sets(&self) -> impl Iterator<Item = (&MemberKey, impl Iterator<Item = InstallationKey>)> {
        self.members.iter().map(|(key, members)| (key, members.keys().copied()))
    }

    /// The sets of an axis whose period lies between two, both included, by period.
    pub fn sets_of(
        &self,
        axis: SetAxis,
        first: i32,
        last: i32,
    ) -> impl Iterator<Item = (&MemberKey, impl Iterator<Item = InstallationKey>)> {
        let least = MemberKey { axis, period: first, name: Arc::from(""), detail: i64::MIN, context: None };
        let from = self.members.range(least..);
        let asked = from.take_while(move |(key, _)| key.axis == axis && key.period <= last);
        asked.map(|(key, members)| (key, members.keys().copied()))
    }

    /// The tallies, in no order.
    pub fn tallies(&self) -> impl Iterator<Item = (&TallyKey, i64)> {
        let sums = self.sums.iter().map(|(key, sum)| (key, *sum));
        let ends = self.ends.iter().filter_map(|(key, numbers)| {
            let is_greatest = matches!(key.kind, TallyKind::Last(..));
            let end = if is_greatest { numbers.last_key_value() } else { numbers.first_key_value() };
            end.map(|(number, _)| (key, *number))
        });
        sums.chain(ends)
    }
}

/// The number of an ending in cells and sets.
#[must_use]
pub fn number_of(ending: Ending) -> i64 {
    match ending {
        Ending::Success => 0,
        Ending::Error => 1,
        Ending::Unfinished => 2,
    }
}

/// The ending that a number stands for.
#[must_use]
pub fn ending_of(number: i64) -> Ending {
    match number {
        1 => Ending::Error,
        2 => Ending::Unfinished,
        _ => Ending::Success,
    }
}

/// A version as the detail of a cell.
#[must_use]
pub(crate) fn version_detail(version: Version) -> i64 {
    // 56 bits: always fits.
    i64::try_from(pack_version(version)).unwrap_or(i64::MAX)
}

/// The hour since 1970 that a time in seconds lies in, clamped to those that fit.
#[must_use]
pub(crate) fn hour_of(at: i64) -> i32 {
    i32::try_from(at.div_euclid(3_600)).unwrap_or(if at < 0 { i32::MIN } else { i32::MAX })
}

/// Gives the cells that events of a day add to.
pub fn each_cell(
    day: Day,
    context: &Arc<SentContext>,
    events: &[SentEvent],
    each: &mut dyn FnMut(CellKey, i64),
) {
    let none: Arc<str> = Arc::from("");
    let mut add = |axis, name: &Arc<str>, detail, about: Option<&Arc<str>>, n: u64| {
        let key = CellKey {
            axis,
            day,
            name: Arc::clone(name),
            detail,
            about: Arc::clone(about.unwrap_or(&none)),
            context: Arc::clone(context),
        };
        each(key, whole(n));
    };
    for event in events {
        match &event.what {
            SentKind::Command { command, ending, .. } => {
                add(Axis::Command, command, number_of(*ending), None, 1);
            }
            SentKind::Console { action: None, route, .. } => add(Axis::View, route, 0, None, 1),
            SentKind::Console { action: Some(action), route, .. } => {
                add(Axis::Action, action, 0, Some(route), 1);
            }
            SentKind::Report { .. } => add(Axis::Report, &none, 0, None, 1),
            SentKind::Requests(sums) => {
                for sum in sums {
                    let (axis, n) = match sum.sum {
                        RequestSum::Requests(n) => (Axis::TimingCount, n),
                        RequestSum::Milliseconds(n) => (Axis::TimingTime, n),
                    };
                    add(axis, &sum.name, whole(sum.from), None, n);
                }
            }
            SentKind::Declared { event, times, fields } => {
                add(Axis::Declared, event, 0, None, *times);
                for (field, value) in fields {
                    let (axis, detail, about) = detail_of(value);
                    add(axis, field, detail, about.as_ref(), *times);
                }
            }
        }
    }
}

/// The axis of a value of a field, and what its cell says of it.
fn detail_of(value: &SentValue) -> (Axis, i64, Option<Arc<str>>) {
    match value {
        SentValue::Flag(flag) => (Axis::Flag, i64::from(*flag), None),
        SentValue::Count(number) => (Axis::Number, step_below(*number), None),
        SentValue::Exact(number) => (Axis::Number, whole(*number), None),
        SentValue::Choice(choice) => (Axis::Choice, 0, Some(Arc::clone(choice))),
        SentValue::NoMember => (Axis::Choice, 0, None),
        SentValue::Version(version, Naming::Named) => (Axis::Version, version_detail(*version), None),
        // What was sent, so that its cell can be told from the others once an operator names it.
        SentValue::Version(version, Naming::Other) => {
            (Axis::Version, version_detail(OTHER), Some(Arc::from(version.to_string())))
        }
        SentValue::Version(_, Naming::Unkept) => (Axis::Version, version_detail(OTHER), None),
        SentValue::Country(letters) => (Axis::Country, i64::from(u16::from_be_bytes(*letters)), None),
    }
}

/// What events say that their installation used, each once: a name where there is one, and how a command ended. A success is a command
/// that ended well, or a report that counts an object.
pub(crate) fn distinct_uses(events: &[SentEvent]) -> Vec<(SetAxis, Option<&Arc<str>>, i64)> {
    let mut distinct = Vec::with_capacity(8);
    let mut add = |what| {
        if !distinct.contains(&what) {
            distinct.push(what);
        }
    };
    for event in events {
        match &event.what {
            SentKind::Command { command, ending, .. } => {
                add((SetAxis::Command, Some(command), number_of(*ending)));
                if *ending == Ending::Success {
                    add((SetAxis::Success, None, 0));
                }
            }
            SentKind::Console { action: Some(action), .. } => add((SetAxis::Action, Some(action), 0)),
            SentKind::Report { counts, .. } => {
                add((SetAxis::Report, None, 0));
                if counts.iter().any(|count| count.number > 0) {
                    add((SetAxis::Success, None, 0));
                }
            }
            SentKind::Declared { event, .. } => add((SetAxis::Declared, Some(event), 0)),
            SentKind::Console { action: None, .. } | SentKind::Requests(_) => {}
        }
    }
    distinct
}

/// One batch that is added or taken out.
struct Change<'c> {
    product: &'c mut ProductRollup,
    batch: &'c Batch,
    context: &'c Arc<SentContext>,
    noted: &'c Arc<SentContext>,
    sign: i8,
}

impl Change<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        let at = self.batch.received_at;
        let is_synthetic = self.context.marks.has(Mark::Synthetic);
        let component = self.context.component;
        if !outcome.is_cleared {
            for (note, n) in &outcome.notes {
                self.sum(TallyKind::Note(*note, Arc::clone(self.noted)), day_of(at), whole(*n));
            }
            if outcome.fate == Fate::Counted {
                self.sum(TallyKind::Batches(component, is_synthetic), hour_of(at), 1);
                self.end(TallyKind::Began(component, is_synthetic), at);
                self.end(TallyKind::Last(component, is_synthetic), at);
            }
        }
        if let Some(first) = outcome.first_day
            && self.context.version != OTHER
        {
            self.end(TallyKind::Since(Arc::clone(self.context)), first.into());
        }
        for row in &outcome.rows {
            let cells = &mut self.product.cells;
            let sign = i64::from(self.sign);
            each_cell(row.day, self.context, &row.events, &mut |key, n| {
                change(cells, key, sign.saturating_mul(n));
            });
            if !row.is_retired {
                self.sets(row.day, &row.events);
            }
            if !row.is_gone {
                self.received(&row.events);
            }
        }
    }

    /// The sets of its day that a row puts its installation in.
    fn sets(&mut self, day: Day, events: &[SentEvent]) {
        let own = Some(Arc::clone(self.context));
        self.member(SetAxis::Active, day, None, 0, own.clone());
        for (axis, name, detail) in distinct_uses(events) {
            let context = if axis == SetAxis::Success { None } else { own.clone() };
            self.member(axis, day, name, detail, context);
        }
    }

    /// The sets that tell when a row was received.
    fn received(&mut self, events: &[SentEvent]) {
        let at = self.batch.received_at;
        let received = day_of(at);
        let own = Some(Arc::clone(self.context));
        self.member(SetAxis::ReceivedDay, received, None, 0, own.clone());
        self.member(SetAxis::ReceivedHour, hour_of(at), None, 0, own.clone());
        for (axis, name, detail) in distinct_uses(events) {
            if axis == SetAxis::Command {
                self.member(SetAxis::ReceivedEnding, received, name, detail, own.clone());
            }
        }
    }

    fn member(
        &mut self,
        axis: SetAxis,
        period: i32,
        name: Option<&Arc<str>>,
        detail: i64,
        context: Option<Arc<SentContext>>,
    ) {
        let name = name.map_or_else(|| Arc::from(""), Arc::clone);
        let key = MemberKey { axis, period, name, detail, context };
        let installation = self.batch.installation;
        if self.sign > 0 {
            let members = Arc::make_mut(self.product.members.entry(key).or_default());
            *members.entry(installation).or_default() += 1;
            return;
        }
        let Some(members) = self.product.members.get_mut(&key).map(Arc::make_mut) else { return };
        if let Some(rows) = members.get_mut(&installation) {
            *rows = rows.saturating_sub(1);
            if *rows == 0 {
                members.remove(&installation);
            }
        }
        if members.is_empty() {
            self.product.members.remove(&key);
        }
    }

    fn sum(&mut self, kind: TallyKind, period: i32, n: i64) {
        let key = TallyKey { kind, period };
        let sum = self.product.sums.entry(key.clone()).or_default();
        *sum = sum.saturating_add(i64::from(self.sign).saturating_mul(n));
        if *sum == 0 {
            self.product.sums.remove(&key);
        }
    }

    fn end(&mut self, kind: TallyKind, number: i64) {
        let key = TallyKey { kind, period: 0 };
        if self.sign > 0 {
            *self.product.ends.entry(key).or_default().entry(number).or_default() += 1;
            return;
        }
        let Some(numbers) = self.product.ends.get_mut(&key) else { return };
        if let Some(times) = numbers.get_mut(&number) {
            *times = times.saturating_sub(1);
            if *times == 0 {
                numbers.remove(&number);
            }
        }
        if numbers.is_empty() {
            self.product.ends.remove(&key);
        }
    }
}

fn change(cells: &mut HashMap<CellKey, i64>, key: CellKey, n: i64) {
    match cells.entry(key) {
        std::collections::hash_map::Entry::Occupied(mut known) => {
            *known.get_mut() = known.get().saturating_add(n);
            if *known.get() == 0 {
                known.remove();
            }
        }
        std::collections::hash_map::Entry::Vacant(place) if n != 0 => _ = place.insert(n),
        std::collections::hash_map::Entry::Vacant(_) => {}
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
