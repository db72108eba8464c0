//! The few numbers that a reader looks at first, each beside what it was before.

use super::super::context::Context;
use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::activity::{Activity, IntervalActivity};
use super::failing::Failing;
use super::interval::Share;
use super::kept::KeptInstallations;
use super::question::Question;
use crate::calendar::{Day, HourOfDay};

/// The numbers at the head of a page. All but the running day are of whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headline {
    /// The last day that is over: all intervals end with it.
    pub last: Day,
    /// Active in four weeks.
    pub active_28: Compared,
    /// Active in a week.
    pub active_7: Compared,
    /// Seen first in four weeks.
    pub new_28: Compared,
    /// With a failed run of a command, of those that ran any, in a week.
    pub failing_7: ComparedShare,
    /// The day on which the data begins, a few early installations apart.
    pub begins: Option<Day>,
    /// The day that is not over; none where the window ends before it, or it is not known what was received.
    pub running: Option<RunningDay>,
}

/// A number beside that of as many days before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Now; none where retention has taken sets of these days away.
    pub now: Option<u64>,
    /// Before; none where the data does not reach back so far, or not any more.
    pub before: Option<u64>,
}

/// A share beside that of as many days before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComparedShare {
    /// Now; none where retention has taken sets of these days away.
    pub now: Option<Share>,
    /// Before; none where the data does not reach back so far, or not any more.
    pub before: Option<Share>,
}

/// The hours that are over of the day that is not, by receipt: what comes late came late a week ago, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningDay {
    /// Installations of which something was received.
    pub active: u64,
    /// The same a week ago, up to the same hour; none where it is not known.
    pub same_hours_last_week: Option<u64>,
    /// How many hours are over.
    pub hour: u8,
}

impl Headline {
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        activity: &Activity,
        failing: &Failing,
    ) -> ReadResult<Self> {
        let last = question.last_whole();
        let [_, week, month] = activity.intervals;
        let active = |of: IntervalActivity| Compared { now: of.active, before: of.before };
        Ok(Self {
            last,
            active_28: active(month),
            active_7: active(week),
            new_28: Compared { now: month.new, before: month.new_before },
            failing_7: ComparedShare {
                now: week.active.map(|_| failing.on(last)),
                before: week.before.map(|_| failing.on(last - 7)),
            },
            begins: activity.begins,
            running: running(snapshot, question, kept)?,
        })
    }
}

fn running(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
) -> ReadResult<Option<RunningDay>> {
    let Question { today, hour, .. } = *question;
    if !question.is_incomplete(question.days.last) {
        return Ok(None);
    }
    let Some(known) = snapshot.received_from(&question.product)? else { return Ok(None) };
    let mut of_today = InstallationSet::default();
    let mut of_a_week_ago = InstallationSet::default();
    let days = question.selection_of(Days { first: today - 7, last: today });
    snapshot.received_by_hour(&days, &mut |at: HourOfDay, _: &Context, set| match at {
        HourOfDay { hour: over, .. } if over >= hour => {}
        HourOfDay { day, .. } if day == today => of_today.unite(&set),
        HourOfDay { day, .. } if day == today - 7 => of_a_week_ago.unite(&set),
        _ => {}
    })?;
    kept.restrict(&mut of_today);
    kept.restrict(&mut of_a_week_ago);
    let same_hours_last_week = (known < today - 7).then(|| of_a_week_ago.len());
    Ok(Some(RunningDay { active: of_today.len(), same_hours_last_week, hour }))
}
