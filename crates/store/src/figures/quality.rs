//! How good the data is: what was counted, set aside and dropped.

use std::collections::BTreeMap;

use super::super::read::{QualityNote, ReadResult, Selection, Snapshot};
use super::question::Question;

/// What a store noted, by the day of receipt, in the window.
#[derive(Debug, Default)]
pub struct Quality(BTreeMap<QualityNote, u64>);

impl Quality {
    pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        Self::of_selection(snapshot, &question.selection())
    }

    pub(super) fn of_selection(snapshot: &dyn Snapshot, selection: &Selection<'_>) -> ReadResult<Self> {
        let mut sums: BTreeMap<QualityNote, u64> = BTreeMap::new();
        snapshot.quality(selection, &mut |note, n| {
            let sum = sums.entry(note).or_default();
            *sum = sum.saturating_add(n);
        })?;
        Ok(Self(sums))
    }

    /// How often something was noted.
    #[must_use]
    pub fn of(&self, note: QualityNote) -> u64 {
        self.0.get(&note).copied().unwrap_or(0)
    }
}
