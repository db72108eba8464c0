//! What goes from the closed days of a cluster in memory.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::InstallationKey;
use aboveboard_types::envelope::Mark;

use super::state::MemoryState;
use crate::backend::ClosedDay;
use crate::batch::SentContext;
use crate::closed::{SetAxis, TallyKind};
use crate::order::Order;

/// Hours of a day.
const HOURS: i32 = 24;

fn each_day(state: &mut MemoryState, mut change: impl FnMut(Day, &mut ClosedDay)) {
    for ((_, day, _), closed) in &mut state.days {
        change(*day, Arc::make_mut(closed));
    }
}

/// What came before a removal. What is known at the end of the last closed day is where the replay of the open days begins: it stays until
/// a day behind that of the removal is closed.
pub(super) fn installations(
    state: &mut MemoryState,
    gone: &[(String, InstallationKey, Order)],
    last: Option<Day>,
) {
    each_day(state, |day, closed| {
        for (product, installation, removal) in gone {
            let is = |of: &Arc<str>, key: InstallationKey| **of == **product && key == *installation;
            closed.rows.retain(|(of, row)| !is(of, row.installation) || row.order > *removal);
            if Order::end_of(day) < *removal {
                closed.members.retain(|(of, _, key)| !is(of, *key));
                if Some(removal.day()) < last {
                    closed.states.retain(|(of, key, _)| !is(of, *key));
                }
            }
        }
    });
}

pub(super) fn item(state: &mut MemoryState, product: &str, name: &str, upto: Day) {
    each_day(state, |day, closed| {
        if day <= upto {
            closed.members.retain(|(of, key, _)| **of != *product || !key.goes_by(name));
        }
    });
    for ((_, day, _), cells) in &mut state.sums {
        if *day <= upto {
            Arc::make_mut(cells).retain(|(of, key, _)| **of != *product || !key.goes_by(name));
        }
    }
}

pub(super) fn synthetic_tallies(state: &mut MemoryState, product: &str, upto: Day) {
    let is_synthetic = |context: &SentContext| context.marks.has(Mark::Synthetic);
    each_day(state, |day, closed| {
        if day <= upto {
            closed.tallies.retain(|(of, key, _)| {
                let goes = match &key.kind {
                    TallyKind::Note(_, context) | TallyKind::Since(context) => is_synthetic(context),
                    TallyKind::Batches(_, synthetic)
                    | TallyKind::Began(_, synthetic)
                    | TallyKind::Last(_, synthetic) => *synthetic,
                };
                **of != *product || !goes
            });
        }
    });
}

/// Rows and members of days before one. When installations were first there stays.
pub(super) fn before(state: &mut MemoryState, product: &str, before: Day) {
    each_day(state, |_, closed| {
        closed.rows.retain(|(of, row)| **of != *product || row.day >= before);
        closed.members.retain(|(of, key, _)| {
            let first = match key.axis {
                SetAxis::FirstSeen | SetAxis::FirstReceived => return true,
                SetAxis::ReceivedHour => before.saturating_mul(HOURS),
                _ => before,
            };
            **of != *product || key.period >= first
        });
    });
}

pub(super) fn ids(state: &mut MemoryState, before: Day) {
    each_day(state, |_, closed| closed.seen.retain(|seen| seen.received >= before));
}

pub(super) fn receipts(state: &mut MemoryState, before: Day, hours_before: Day) {
    each_day(state, |_, closed| {
        closed.members.retain(|(_, key, _)| match key.axis {
            SetAxis::ReceivedDay | SetAxis::ReceivedEnding => key.period >= before,
            SetAxis::ReceivedHour => key.period >= hours_before.saturating_mul(HOURS),
            _ => true,
        });
        closed.tallies.retain(|(_, key, _)| {
            !matches!(key.kind, TallyKind::Batches(..)) || key.period >= before.saturating_mul(HOURS)
        });
    });
}
