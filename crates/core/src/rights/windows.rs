//! Rights as Windows gives them: a program runs with those of the user who started it, or as another user altogether.

/// Whether this program has other rights than the user who started it: Windows marks no file so.
pub(crate) fn has_other_ids() -> bool {
    false
}

/// Whether this program must not trust the user who started it, by what the system says of its start: it says nothing.
pub(crate) fn are_borrowed() -> bool {
    false
}
