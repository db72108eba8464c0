//! What a user can look at: the next batch, and what was sent.

use crate::admission::Admission;
use crate::consent::Permit;
use crate::own_files::{DIRECTORIES, SPOOL};
use crate::paths::Paths;
use crate::spool::{REJECTED, SENT, SentEntry, SentLog, Spool, has_sequence, is_of_rejected, is_open};
use aboveboard_files::Directory;
use aboveboard_types::clock::day;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;
use aboveboard_types::envelope::{Envelope, Header};
use aboveboard_types::event::{Event, Seconds};
use aboveboard_types::id::Id;

/// A batch that the collector acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentBatch {
    /// Its id.
    pub id: Id,
    /// When it was acknowledged.
    pub time: Seconds,
    /// The endpoint that it went to.
    pub endpoint: String,
    /// The body of the request, byte for byte.
    pub body: Vec<u8>,
    /// The collector's receipt as it came.
    pub receipt: Vec<u8>,
}

/// The sent log, the newest first: at most the last 20 batches and 1 MiB.
#[must_use]
pub fn sent(places: &Paths) -> Vec<SentBatch> {
    let Ok(log) = Directory::open(places.state()).and_then(|state| state.directory(SENT)).map(SentLog) else {
        return Vec::new();
    };
    let batch = |entry: SentEntry| {
        let SentEntry { batch: id, sent: time, .. } = entry;
        SentBatch { id, time, endpoint: log.endpoint(id), body: log.body(id), receipt: log.receipt(id) }
    };
    log.entries().unwrap_or_default().into_iter().map(batch).collect()
}

/// The names of the last batches that a collector rejected for good, in `refused/`; the status stands in each.
#[must_use]
pub fn rejected(places: &Paths) -> Vec<String> {
    let rejected = Directory::open(places.state()).and_then(|state| state.directory(REJECTED));
    let mut names = rejected.and_then(|rejected| rejected.list()).unwrap_or_default();
    names.retain(|name| is_of_rejected(name));
    names
}

/// What lies in the directories of ours under names that are none of ours, such as copies that programs for
/// synchronisation, backup or editing leave: paths below the state directory. Nothing of it is read, counted or deleted.
#[must_use]
pub fn strangers(places: &Paths) -> Vec<String> {
    let Ok(state) = Directory::open(places.state()) else { return Vec::new() };
    let mut strangers = Vec::new();
    for (name, is_ours) in DIRECTORIES {
        let names = state.directory(name).and_then(|directory| directory.list()).unwrap_or_default();
        strangers.extend(names.iter().filter(|name| !is_ours(name)).map(|found| format!("{name}/{found}")));
    }
    strangers
}

/// Whether a batch was ever sealed under the present secret: it may have been sent, whatever else is left of it.
#[must_use]
pub fn has_sealed(places: &Paths) -> bool {
    let spool = Directory::open(places.state()).and_then(|state| state.directory(SPOOL));
    spool.and_then(|spool| spool.list()).is_ok_and(|names| has_sequence(&names))
}

/// How many bytes wait unsealed, whoever recorded them, and whichever endpoint they are for.
#[must_use]
pub fn unsealed_bytes(places: &Paths) -> u64 {
    let Ok(spool) = Directory::open(places.state()).and_then(|state| state.directory(SPOOL)) else {
        return 0;
    };
    let names = spool.list().unwrap_or_default();
    let sizes = names.iter().filter(|name| is_open(name)).filter_map(|name| spool.stat(name).ok());
    sizes.map(|stat| stat.size()).sum()
}

/// The body of every batch that waits, each on a line, byte for byte as it will be sent if nothing more is recorded, in the
/// order of sending: what is sealed, then what would be sealed now. Seals nothing and writes nothing, except that the
/// installation's id is made if there is none.
///
/// Without a permit, or with nothing recorded, it is the document of `examples`, with placeholder ids in it.
#[must_use]
pub fn preview(
    permit: Option<&Permit>,
    declaration: &Declaration,
    places: Option<&Paths>,
    header: &Header,
    examples: &[Event<'_>],
    now: Seconds,
) -> String {
    permit
        .zip(places)
        .and_then(|(permit, places)| Spool::open(permit, declaration, places))
        .map(|spool| spool.coming(now).join("\n"))
        .filter(|bodies| !bodies.is_empty())
        .unwrap_or_else(|| placeholder(permit, declaration, header, examples, now))
}

/// The examples as they would be recorded.
fn placeholder(
    permit: Option<&Permit>,
    declaration: &Declaration,
    header: &Header,
    examples: &[Event<'_>],
    now: Seconds,
) -> String {
    let scope = permit.and_then(|permit| permit.scope.as_deref());
    let admission = Admission { component: header.component, declaration, scope, today: day(now) };
    let mut events = String::new();
    for event in examples.iter().filter_map(|event| admission.admit(event).ok()) {
        if !events.is_empty() {
            events.push(',');
        }
        encode::push_event(&mut events, &event);
    }
    let envelope = Envelope {
        revision: declaration.revision,
        batch: Id::NIL,
        installation: Id::NIL,
        header: header.clone(),
        sequence: 0,
    };
    encode::seal(&declaration.product, &declaration.hash, &envelope, &events, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::{self, NOW};
    use aboveboard_types::declaration::Component;
    use aboveboard_types::event::{Cells, Count, EventKind, Report};

    #[test]
    fn an_example_says_no_more_than_what_would_be_recorded() {
        let mut declaration = sample::declaration();
        declaration.counts.to_mut()[0].edges = vec![1, 10].into();
        let counts = vec![Count { name: "tables", cells: Cells::One(4711) }];
        let report = Event { time: NOW, kind: EventKind::Report(Report { counts, timings: None }) };
        let header = sample::header(Component::Server);
        let shown = preview(None, &declaration, None, &header, &[report], NOW);
        assert!(shown.contains("\"tables\":10}"), "{shown}");
    }
}
