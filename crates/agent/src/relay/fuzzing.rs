//! The entry point of the fuzz target of the relay, and of the test that runs its corpus. Not part of the API; only there
//! with the feature `fuzzing`.

use std::sync::OnceLock;
use std::time::SystemTime;

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::{Event, EventKind};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::{encode, read};

use super::conversation::Conversation;
use super::event;
use super::line::Line;
use super::server::Meters;
use super::sink::Sink;
use super::wrong::{VERSION, Wrong};
use crate::counts;

/// The sums of the first declaration: they live as long as the process.
static METERS: OnceLock<Meters> = OnceLock::new();

/// Runs one input: what a host writes after its first line. The first byte is the size of the parts in which the rest comes.
/// True if an event came out of it.
///
/// # Panics
/// Where the promises of the relay are broken: every event that comes out is one that a collector takes, every line is
/// recorded or counted or no event, and it makes no difference how the bytes are cut.
#[must_use]
pub fn relay(declaration: &'static Declaration, data: &[u8]) -> bool {
    let Some((size, text)) = data.split_first() else { return false };
    let whole = heard(declaration, [text]);
    let parts = heard(declaration, text.chunks(usize::from(*size).max(1)));
    assert_eq!(whole, parts);
    whole.iter().any(|heard| matches!(heard, Heard::Event(_)))
}

/// What became of a line.
#[derive(Debug, PartialEq)]
enum Heard {
    Event(String),
    Dropped(DropReason, u64),
    Other,
}

fn heard<'t>(declaration: &'static Declaration, parts: impl IntoIterator<Item = &'t [u8]>) -> Vec<Heard> {
    let mut heard = Vec::new();
    let mut conversation = Conversation::new(Listener { declaration, heard: &mut heard }, false);
    conversation.feed(format!("{{\"relay\":{VERSION}}}\n").as_bytes());
    parts.into_iter().for_each(|part| conversation.feed(part));
    conversation.close();
    heard
}

/// Checks what it takes, and remembers it.
struct Listener<'h> {
    declaration: &'static Declaration,
    heard: &'h mut Vec<Heard>,
}

impl Sink for Listener<'_> {
    fn take(&mut self, line: Line<'_>) -> Result<(), Wrong> {
        let (component, mut event) = match line {
            Line::Event { name, fields } => event::read(self.declaration, name.as_ref(), &fields)?,
            Line::Counts(given) => {
                let report = counts::report(self.declaration, &given.0).ok_or(Wrong::Count)?;
                (Component::Server, Event { time: 0, kind: EventKind::Report(report) })
            }
            Line::Timing { name, kind, took, parts } => {
                let meters = METERS.get_or_init(|| Meters::new(self.declaration));
                meters.record(name.as_ref(), &kind, took, &parts).ok_or(Wrong::Timing)?;
                self.heard.push(Heard::Other);
                return Ok(());
            }
            _ => {
                self.heard.push(Heard::Other);
                return Ok(());
            }
        };
        event.time = 0;
        let mut json = String::new();
        encode::push_event(&mut json, &event);
        let checked = read::event(&json).map(|read| read.check(component, self.declaration));
        assert_eq!(checked, Some(Ok(event)), "{json}");
        self.heard.push(Heard::Event(json));
        Ok(())
    }

    fn dropped(&mut self, reason: DropReason, number: u64) {
        self.heard.push(Heard::Dropped(reason, number));
    }

    fn wakes_at(&self) -> Option<SystemTime> {
        None
    }

    fn wake(&mut self) {}

    fn close(self) {}
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn declaration() -> &'static Declaration {
        let text = std::fs::read_to_string(root().join("vectors/telemetry.toml")).unwrap();
        let manifest = aboveboard_manifest::parse(&text, "telemetry.toml").unwrap();
        Box::leak(Box::new(manifest.declaration()))
    }

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
    }

    fn corpus() -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(root().join("fuzz/corpus/relay")).unwrap();
        files.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn the_corpus_of_the_fuzzer_keeps_the_promises_of_the_relay() {
        let declaration = declaration();
        let inputs = corpus();
        let taken = inputs.iter().filter(|input| relay(declaration, input)).count();
        assert!(inputs.len() > 10 && taken > 5, "{taken} of {}", inputs.len());
    }

    #[test]
    fn any_bytes_between_lines_keep_them_too() {
        let declaration = declaration();
        let inputs = corpus();
        let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
        proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() },
            |(one in prop::sample::select(inputs), edits in edits, noise in prop::collection::vec(any::<u8>(), 0..200))| {
            let mut input = one;
            for (place, byte) in edits {
                let place = place.index(input.len().max(1)).min(input.len());
                input.insert(place, byte);
            }
            let _ = relay(declaration, &input);
            let _ = relay(declaration, &noise);
        });
    }
}
