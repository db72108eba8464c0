//! What installations recorded in a period, so many at a time.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aboveboard_store::read::{ContributorPiece, Days, InstallationKey, KnownContributor, ReadResult};

use super::installations::kept_presences;
use super::moment::Moment;
use super::rows::{MomentRow, batch_row, open_by_day};
use crate::state::InstallationState;

/// Most installations of open days that are given at once.
const MAX_OPEN: usize = 4_096;

/// Gives some installations from a key on, with their rows, and returns the key with which to go on.
pub(super) fn some(
    moment: &Moment<'_>,
    days: Days,
    from: InstallationKey,
    each: &mut dyn FnMut(ContributorPiece),
) -> ReadResult<Option<InstallationKey>> {
    let mut known: BTreeMap<InstallationKey, KnownContributor> = BTreeMap::new();
    let mut keep = |installation, state: &InstallationState| {
        if let Some(contributor) = contributor(moment, days, installation, state) {
            known.insert(installation, contributor);
        }
    };
    let mut next = moment.closed.known(moment.product, from, &mut |installation, day, state| {
        let is_open = moment.open.knows(moment.product, installation);
        if !is_open && !moment.is_gone(installation, day, &state) {
            keep(installation, &state);
        }
    })?;
    let is_in = |installation: InstallationKey| next.is_none_or(|next| installation < next);
    let open = moment.open.states_from(moment.product, from).take_while(|(key, _)| is_in(*key));
    let mut cut = None;
    for (at, (installation, state)) in open.enumerate() {
        if at == MAX_OPEN {
            cut = Some(installation);
            break;
        }
        keep(installation, state);
    }
    if let Some(cut) = cut {
        known.retain(|installation, _| *installation < cut);
        next = Some(cut);
    }
    for (installation, contributor) in &known {
        each(ContributorPiece::Known(*installation, *contributor));
    }
    if !known.is_empty() {
        rows(moment, days, &known, each)?;
    }
    Ok(next)
}

fn contributor(
    moment: &Moment<'_>,
    days: Days,
    installation: InstallationKey,
    state: &InstallationState,
) -> Option<KnownContributor> {
    let first = state.first?;
    if first > days.last || state.last? < days.first {
        return None;
    }
    let half = installation.0.to_be_bytes();
    let mut key = [0; 16];
    key[..8].copy_from_slice(&half);
    key[8..].copy_from_slice(&half);
    let presence = kept_presences(moment, state).into_iter().find(|presence| presence.days == days);
    Some(KnownContributor { key, first, received: state.received, heard: state.heard, presence })
}

/// The rows of installations by ascending day.
fn rows(
    moment: &Moment<'_>,
    days: Days,
    known: &BTreeMap<InstallationKey, KnownContributor>,
    each: &mut dyn FnMut(ContributorPiece),
) -> ReadResult<()> {
    let keys: Vec<InstallationKey> = known.keys().copied().collect();
    let mut open = open_by_day(moment, keys.iter().copied(), moment.kept(days));
    let mut give = |row: MomentRow| each(ContributorPiece::Row(row.day, batch_row(row, &|_| false)));
    moment.closed.rows_of(moment.product, &keys, days, &mut |row| {
        if let Some(row) = moment.closed_row(row) {
            while let Some(earlier) = open.first_entry().filter(|first| *first.key() < row.day) {
                earlier.remove().into_iter().for_each(&mut give);
            }
            give(row);
        }
        ControlFlow::Continue(())
    })?;
    open.into_values().flatten().for_each(give);
    Ok(())
}
