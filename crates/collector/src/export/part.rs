//! Parts of a day.

use aboveboard_store::calendar::Day;

use super::keyed::Keyed;

/// A part of a day: the installations whose ids fall into one of so many equal slices. Large days are read in several, so
/// that memory does not follow their size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) day: Day,
    pub(super) slice: u64,
    pub(super) of: u64,
}

impl Part {
    pub(super) fn holds(self, id: &Keyed) -> bool {
        let [a, b, c, d, ..] = *id;
        (u64::from(u32::from_be_bytes([a, b, c, d])) * self.of) >> 32 == self.slice
    }
}
