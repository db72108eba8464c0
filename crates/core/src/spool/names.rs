//! The names of the files in a spool and next to it; [`super`] says what each holds.

use aboveboard_types::event::Seconds;
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

/// What the name of the counts begins with that one batch reports.
pub(super) const OUTCOMES_OF: &str = "outcomes-";

/// What the name of the file begins with that says which number the next batch for a destination has.
const SEQUENCE: &str = "sequence.";

/// What the first number for each destination is made of, where replicas share an id.
pub(crate) const SEQUENCE_START: &str = "sequence-start";

/// Locked by the process that seals.
pub(super) const LOCK: &str = "seal.lock";

/// The directory of what was acknowledged, in the state directory.
pub(crate) const SENT: &str = "sent";

/// The directory of what the collector rejected, in the state directory.
pub(super) const REJECTED: &str = "refused";

/// The counts of drops that no batch for this destination has reported yet.
pub(super) fn outcomes(tag: &str) -> String {
    format!("outcomes.{tag}")
}

/// The number of the next batch for the destination of this tag. Each gets numbers of its own: they say nothing of what goes
/// elsewhere, and have no gaps by it.
pub(super) fn sequence(tag: &str) -> String {
    format!("{SEQUENCE}{tag}")
}

/// Whether a batch was sealed for some destination.
pub(crate) fn has_sequence(names: &[String]) -> bool {
    names.iter().any(|name| name.starts_with(SEQUENCE))
}

/// The body of a batch for the destination of this tag.
pub(super) fn body(batch: Id, tag: &str) -> String {
    format!("{batch}.{tag}.json")
}

/// The same, being sent since `time`.
pub(super) fn claim(batch: Id, tag: &str, time: Seconds) -> String {
    format!("{batch}.{tag}.claim-{time}.json")
}

/// A name that is a body's, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BodyName<'n> {
    pub(super) batch: Id,
    pub(super) tag: &'n str,
    /// The time of its claim.
    pub(super) claimed: Option<Seconds>,
}

impl<'n> BodyName<'n> {
    pub(super) fn parse(name: &'n str) -> Option<Self> {
        let mut parts = name.strip_suffix(".json")?.split('.');
        let batch = Id::parse(parts.next()?)?;
        let tag = parts.next()?;
        let claimed = match parts.next() {
            Some(claim) => Some(claim.strip_prefix("claim-")?.parse().ok()?),
            None => None,
        };
        parts.next().is_none().then_some(Self { batch, tag, claimed })
    }
}

/// A batch in the sent log.
pub(super) fn sent(batch: Id) -> String {
    format!("{batch}.json")
}

/// Where a batch in the sent log went.
pub(super) fn endpoint(batch: Id) -> String {
    format!("{batch}.endpoint")
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

/// The tag in the name of an open segment; `None` for any other name, as of a copy that another program has left.
pub(super) fn tag_of_open(name: &str) -> Option<&str> {
    let mut parts = name.strip_prefix(OPEN)?.split('.');
    let checksum = parts.next().filter(|checksum| is_digits(checksum, 8));
    let tag = parts.next().filter(|tag| is_digits(tag, 16));
    let number = parts.next().filter(|number| is_digits(number, 1));
    (checksum.is_some() && number.is_some() && parts.next().is_none()).then_some(tag?)
}

/// Whether this is the name of a running command's file, and not of a copy of one.
pub(super) fn is_run(name: &str) -> bool {
    SLOTS.contains(&name) || name.strip_prefix(RUN).is_some_and(|id| Id::parse(id).is_some())
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
