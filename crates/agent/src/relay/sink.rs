//! What the lines of a host are for.

use std::time::SystemTime;

use aboveboard_types::outcome::DropReason;

use super::line::Line;
use super::wrong::Wrong;

/// Takes what a host says, and does what has come due meanwhile.
pub(super) trait Sink {
    /// Takes a line.
    ///
    /// # Errors
    /// Why nothing of it is recorded. What [`Wrong::reason`] tells is counted by the caller.
    fn take(&mut self, line: Line<'_>) -> Result<(), Wrong>;

    /// Counts what was dropped.
    fn dropped(&mut self, reason: DropReason, number: u64);

    /// When it wants to be woken, if nothing comes before; `None` for never.
    fn wakes_at(&self) -> Option<SystemTime>;

    /// It is that time, or a child of this process has ended.
    fn wake(&mut self);

    /// The host has closed the pipe, or is dead.
    fn close(self);
}
