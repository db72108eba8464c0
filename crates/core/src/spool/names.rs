//! The names of the files in a spool and next to it; [`super`] says what each holds.

use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

/// What the name of an open segment begins with.
pub(super) const OPEN: &str = "open-";

/// What the name of a segment begins with that is being made; random digits follow.
pub(super) const PASSING: &str = "new-";

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
pub(crate) const REJECTED: &str = "refused";

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
    names.iter().any(|name| name != SEQUENCE_START && is_sequence(name))
}

fn is_sequence(name: &str) -> bool {
    name == SEQUENCE_START || name.strip_prefix(SEQUENCE).is_some_and(|tag| is_digits(tag, 16))
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
        let tag = parts.next().filter(|tag| is_digits(tag, 16))?;
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

/// Whether this is the name of an open segment, and not of a copy that another program has left.
pub(crate) fn is_open(name: &str) -> bool {
    let parts = name.strip_prefix(OPEN).and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(checksum, number)| is_digits(checksum, 8) && is_digits(number, 1))
}

/// Whether this is the name of a running command's file, and not of a copy of one.
pub(super) fn is_run(name: &str) -> bool {
    SLOTS.contains(&name) || name.strip_prefix(RUN).is_some_and(|id| Id::parse(id).is_some())
}

/// Whether this is the name of any file that a spool has, and not of a copy of one or of something else.
pub(crate) fn is_of_spool(name: &str) -> bool {
    let is_kept = name == LOCK || is_sequence(name);
    let counts = name.strip_prefix("outcomes.").is_some_and(|tag| is_digits(tag, 16));
    let is_of_batch = batch_of(SEALING, name).or_else(|| batch_of(OUTCOMES_OF, name)).is_some();
    is_kept
        || counts
        || is_of_batch
        || is_open(name)
        || is_run(name)
        || BodyName::parse(name).is_some()
        || is_passing(name)
}

/// Whether this is the name of a file in a spool that is being written.
pub(super) fn is_passing(name: &str) -> bool {
    name.strip_prefix(PASSING).is_some_and(|random| is_digits(random, 32))
        || name
            .strip_suffix(".tmp")
            .is_some_and(|whole| is_sequence(whole) || BodyName::parse(whole).is_some())
}

/// Whether this is the name of a file in the sent log: `<batch id>.json`, `.receipt.json` or `.endpoint`.
pub(crate) fn is_of_sent(name: &str) -> bool {
    let whole = name.strip_suffix(".tmp").unwrap_or(name);
    whole.split_once('.').is_some_and(|(batch, kind)| {
        Id::parse(batch).is_some() && matches!(kind, "json" | "receipt.json" | "endpoint")
    })
}

/// Whether this is the name of a batch that the collector rejected: `<batch id>.<status>.json`.
pub(crate) fn is_of_rejected(name: &str) -> bool {
    let parts = name.strip_suffix(".json").and_then(|whole| whole.split_once('.'));
    parts.is_some_and(|(batch, status)| {
        Id::parse(batch).is_some() && status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The batch in the name of a segment that is being sealed, or of the counts of a batch.
pub(super) fn batch_of(stem: &str, name: &str) -> Option<Id> {
    name.strip_prefix(stem).and_then(Id::parse)
}

/// Whether a text is so many lower-case hexadecimal digits.
pub(crate) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
