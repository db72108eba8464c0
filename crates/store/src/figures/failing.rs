//! Installations for which commands fail, week for week.

use std::collections::BTreeMap;

use aboveboard_types::event::Ending;

use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::interval::Share;
use super::kept::KeptInstallations;
use super::question::Question;
use super::rolling::Rolling;
use crate::calendar::Day;

/// How many days are taken together.
const WEEK: Day = 7;

/// Of the installations that ran any command in the week that ends with a day, those for which one failed.
#[derive(Debug, Default)]
pub(super) struct Failing(BTreeMap<Day, Share>);

impl Failing {
    /// On each of these days.
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        days: Days,
    ) -> ReadResult<Self> {
        let reach = Days { first: days.first - WEEK + 1, last: days.last };
        let mut pass = Pass {
            ran: Rolling::over(reach, WEEK),
            failed: Rolling::over(reach, WEEK),
            open: OpenDay::default(),
        };
        snapshot.endings(&question.selection_of(reach), &mut |mut set| {
            kept.restrict(&mut set.installations);
            pass.add(set.day, set.ending, &set.installations);
        })?;
        pass.close_day();
        let Pass { ran, failed, .. } = pass;
        let shares = ran.counts().zip(failed.counts());
        let shares = shares.map(|((day, of), (_, hits))| (day, Share { hits, of }));
        Ok(Self(shares.filter(|(day, _)| *day >= days.first).collect()))
    }

    /// In the week that ends with this day.
    pub(super) fn on(&self, day: Day) -> Share {
        self.0.get(&day).copied().unwrap_or_default()
    }
}

/// Who ran anything, and for whom something failed, on the day that the pass is at.
#[derive(Default)]
struct OpenDay {
    day: Day,
    ran: InstallationSet,
    failed: InstallationSet,
}

struct Pass {
    ran: Rolling,
    failed: Rolling,
    open: OpenDay,
}

impl Pass {
    fn add(&mut self, day: Day, ending: Ending, set: &InstallationSet) {
        if self.open.day != day {
            self.close_day();
            self.open.day = day;
        }
        self.open.ran.unite(set);
        if ending == Ending::Error {
            self.open.failed.unite(set);
        }
    }

    fn close_day(&mut self) {
        let OpenDay { day, ran, failed } = std::mem::take(&mut self.open);
        self.ran.add(day, &ran);
        self.failed.add(day, &failed);
    }
}
