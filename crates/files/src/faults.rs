//! The faults that a test has planned for its thread.

use std::cell::{Cell, RefCell};

use super::system::{Errno, Result};

thread_local! {
    static PLAN: RefCell<Option<(u32, Errno)>> = const { RefCell::new(None) };
    static OUTSIDE: Cell<Option<Errno>> = const { Cell::new(None) };
}

/// Lets the operation after the next `after` ones fail with `error`, once.
pub fn fail(after: u32, error: Errno) {
    PLAN.set(Some((after, error)));
}

/// Lets the next opening of a file outside the directories we made fail with `error`, once.
pub fn fail_outside(error: Errno) {
    OUTSIDE.set(Some(error));
}

/// Lets everything succeed again.
pub fn heal() {
    PLAN.set(None);
    OUTSIDE.set(None);
}

fn due() -> Option<Errno> {
    PLAN.with_borrow_mut(|plan| match plan {
        Some((0, error)) => {
            let error = *error;
            *plan = None;
            Some(error)
        }
        Some((left, _)) => {
            *left -= 1;
            None
        }
        None => None,
    })
}

pub(super) fn strike(_operation: &'static str) -> Result<()> {
    due().map_or(Ok(()), Err)
}

pub(super) fn strike_outside() -> Result<()> {
    OUTSIDE.take().map_or(Ok(()), Err)
}

/// A write that fails first puts half of its bytes on the disk, as a full disk does.
pub(super) fn short(length: usize) -> Option<usize> {
    due().map(|_| length / 2)
}
