//! Members of sets, of closed days and of open ones.

use std::collections::HashMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::installation_set::{InstallationSet, Member};
use aboveboard_store::packed_set::PackedSet;
use aboveboard_store::read::{InstallationKey, ReadResult};

use super::moment::{Moment, Origin};
use crate::closed::{MemberKey, Periods, SetAxis};
use crate::numbers::ProductNumbers;
use crate::order::Order;

/// Members of one set that come from one place. What is void is not among them.
pub(super) enum Part<'p> {
    /// Of open days.
    Open(&'p mut dyn Iterator<Item = InstallationKey>, &'p ProductNumbers),
    /// Of a closed day, without those of which that day's is void.
    Closed(&'p PackedSet, Option<&'p InstallationSet>),
}

impl Part<'_> {
    /// Adds them to a set.
    pub(super) fn add_to(self, set: &mut InstallationSet) {
        match self {
            Self::Open(installations, numbers) => numbers.members(installations, |member| set.insert(member)),
            Self::Closed(members, None) => members.add_to(set),
            Self::Closed(members, Some(void)) => {
                let mut valid = InstallationSet::default();
                members.add_to(&mut valid);
                valid.subtract(void);
                set.unite(&valid);
            }
        }
    }
}

impl Moment<'_> {
    /// Gives sets of an axis, of one name or of all, by ascending period; the same set may come several times, with the same and other
    /// members.
    pub(super) fn sets(
        &self,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: &mut dyn FnMut(&MemberKey, Origin, Part<'_>),
    ) -> ReadResult<()> {
        if periods.first > periods.last {
            return Ok(());
        }
        let open = self.rollup().into_iter();
        let mut open = open.flat_map(|of| of.sets_of(axis, periods.first, periods.last)).peekable();
        let has_name = |key: &MemberKey| name.is_none_or(|name| *key.name == *name);
        let numbers = &*self.numbers;
        let mut void = Void::of(self);
        self.closed.members(self.product, axis, name, periods, &mut |key, day, members| {
            while let Some((key, mut members)) = open.next_if(|(of, _)| of.period < key.period) {
                if has_name(key) {
                    each(key, Origin::Open, Part::Open(&mut members, numbers));
                }
            }
            if !self.is_erased(day, |name| key.goes_by(name)) {
                each(key, Origin::Closed(day), Part::Closed(members, void.on(day)));
            }
        })?;
        for (key, mut members) in open.filter(|(key, _)| has_name(key)) {
            each(key, Origin::Open, Part::Open(&mut members, numbers));
        }
        Ok(())
    }

    /// Gives each member of such sets by its key; the same may come several times.
    pub(super) fn members(
        &self,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: &mut dyn FnMut(&MemberKey, Origin, InstallationKey),
    ) -> ReadResult<()> {
        self.sets(axis, name, periods, &mut |key, origin, part| {
            let mut set = InstallationSet::default();
            part.add_to(&mut set);
            self.numbers
                .keys(set.members())
                .into_iter()
                .for_each(|installation| each(key, origin, installation));
        })
    }
}

/// The installations of which what a closed day has is void, by day.
pub(super) struct Void {
    /// Whoever was removed, with the last time.
    removed: Vec<(Member, Order)>,
    by_day: HashMap<Day, InstallationSet>,
}

impl Void {
    pub(super) fn of(moment: &Moment<'_>) -> Self {
        let last = moment.of.all_removals().filter_map(|(key, removals)| Some((key, removals.last()?.order)));
        let removed = last.map(|(key, order)| (moment.numbers.member(key), order)).collect();
        Self { removed, by_day: HashMap::new() }
    }

    /// Those of one day; none where nobody is.
    pub(super) fn on(&mut self, day: Day) -> Option<&InstallationSet> {
        if self.removed.is_empty() {
            return None;
        }
        let void = self.by_day.entry(day).or_insert_with(|| {
            let mut void = InstallationSet::default();
            let behind = self.removed.iter().filter(|(_, last)| *last > Order::end_of(day));
            behind.for_each(|(member, _)| void.insert(*member));
            void
        });
        Some(&*void).filter(|void| !void.is_empty())
    }
}
