//! The names of the files in a spool and next to it; [`super`] says what each holds.

use aboveboard_types::id::Id;

/// What the name of an open segment begins with.
pub(super) const OPEN: &str = "open-";

/// What the name of a segment begins with whose batch has its id.
pub(super) const SEALING: &str = "sealing-";

/// What the name of the file of a running command begins with; the number of a slot or the run id follows.
pub(super) const RUN: &str = "run-";

/// The files of running commands that stay. More commands at a time, or more dead ones than these, get files of their
/// own.
pub(super) const SLOTS: [&str; 4] = ["run-0", "run-1", "run-2", "run-3"];

/// The counts of drops that no batch has reported yet.
pub(super) const OUTCOMES: &str = "outcomes";

/// What the name of the counts begins with that one batch reports.
pub(super) const OUTCOMES_OF: &str = "outcomes-";

/// How many batches were sealed.
pub(crate) const SEQUENCE: &str = "sequence";

/// Locked by the process that seals.
pub(super) const LOCK: &str = "seal.lock";

/// The directory of what was acknowledged, in the state directory.
pub(crate) const SENT: &str = "sent";

/// The directory of what the collector rejected, in the state directory.
pub(super) const REJECTED: &str = "refused";

/// The body of a batch.
pub(super) fn body(batch: Id) -> String {
    format!("{batch}.json")
}

/// The segment that becomes this batch.
pub(super) fn sealing(batch: Id) -> String {
    format!("{SEALING}{batch}")
}

/// The counts that this batch reports.
pub(super) fn outcomes_of(batch: Id) -> String {
    format!("{OUTCOMES_OF}{batch}")
}

/// The receipt of a batch in the sent log.
pub(super) fn receipt(batch: Id) -> String {
    format!("{batch}.receipt.json")
}

/// The file of a run that found no free slot.
pub(super) fn run(id: Id) -> String {
    let mut name = String::with_capacity(40);
    name.push_str(RUN);
    id.push(&mut name);
    name
}
