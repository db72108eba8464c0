//! What goes by a name that an operator erased.

use std::sync::Arc;

use aboveboard_store::read::ReportedCount;

use crate::batch::{SentEvent, SentKind};

/// An event without what goes by some names; none where nothing is left of it. That its installation was there stays.
#[must_use]
pub fn without(event: &SentEvent, items: &[&str]) -> Option<SentEvent> {
    let is = |name: &str| items.contains(&name);
    let what = match &event.what {
        SentKind::Command { command, .. } if is(command) => return None,
        SentKind::Console { route, .. } if is(route) => return None,
        SentKind::Console { action: Some(action), .. } if is(action) => return None,
        SentKind::Declared { event, .. } if is(event) => return None,
        SentKind::Declared { event, times, fields } => {
            let fields = fields.iter().filter(|(field, _)| !is(field)).cloned().collect();
            SentKind::Declared { event: Arc::clone(event), times: *times, fields }
        }
        SentKind::Report { counts, timings } => {
            SentKind::Report { counts: counts_without(counts, items), timings: timings.clone() }
        }
        SentKind::Requests(sums) => {
            let is_left = |name: &str| !items.iter().any(|item| is_timing_of(item, name));
            let left: Vec<_> = sums.iter().filter(|sum| is_left(&sum.name)).cloned().collect();
            if left.is_empty() && !sums.is_empty() {
                return None;
            }
            SentKind::Requests(left)
        }
        what => what.clone(),
    };
    Some(SentEvent { what, ..*event })
}

/// The counts of a report without those that go by some names.
#[must_use]
pub fn counts_without(counts: &[ReportedCount], items: &[&str]) -> Vec<ReportedCount> {
    let is_left = |count: &&ReportedCount| !items.contains(&&*count.count);
    counts.iter().filter(is_left).cloned().collect()
}

/// Whether a name in rows and cells, `timing kind` or `timing.part kind`, is of a timing.
fn is_timing_of(timing: &str, name: &str) -> bool {
    name.strip_prefix(timing).is_some_and(|rest| rest.starts_with([' ', '.']))
}
