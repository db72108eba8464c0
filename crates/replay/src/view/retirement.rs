//! What is kept of days whose sets retention deletes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::read::{Days, InstallationKey, ReadResult};
use aboveboard_store::versions::OTHER;
use aboveboard_types::envelope::Mark;

use super::moment::{ContextTable, Moment};
use crate::batch::{Naming, SentContext};
use crate::closed::SetAxis;

/// How many installations were active on each day before one, by what they are counted as.
pub(super) fn active_before(
    moment: &Moment<'_>,
    before: Day,
) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
    let everything = ContextFilter::everything();
    let mut contexts = ContextTable::new(moment, &everything);
    let mut active: BTreeMap<(Day, usize), BTreeSet<InstallationKey>> = BTreeMap::new();
    let days = moment.kept(Days { first: Day::MIN, last: before.saturating_sub(1) });
    moment.members(SetAxis::Active, None, days.into(), &mut |key, origin, installation| {
        let place = key.context.as_ref().and_then(|context| contexts.find(context, origin));
        if let Some(place) = place {
            active.entry((key.period, place)).or_default().insert(installation);
        }
    })?;
    let counts = active.into_iter();
    Ok(counts
        .map(|((day, place), all)| (day, Arc::new(kept(contexts.get(place))), all.len() as u64))
        .collect())
}

/// A context as it is counted, for good.
fn kept(context: &Context) -> SentContext {
    let Context { component, version, os, arch, marks } = context.clone();
    let naming = if version == OTHER { Naming::Unkept } else { Naming::Named };
    SentContext { component, version, naming, os, arch, marks }
}

/// Whether what was kept of a retired day in a synthetic context was cleared away since.
pub(super) fn retired_and_cleared(moment: &Moment<'_>, day: Day, context: &SentContext) -> bool {
    let mut retired = moment.of.retired().iter();
    let place = retired.find(|(_, before)| day < *before).map(|(order, _)| *order);
    let is_synthetic = context.marks.has(Mark::Synthetic);
    is_synthetic && place.is_some_and(|place| moment.of.is_cleared(place))
}
