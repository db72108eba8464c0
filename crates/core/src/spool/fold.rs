//! Folding: where the manifest says so, repeats of an event become one event with their number.
//!
//! Repeats are recorded as they happen, so that they survive a kill, and are folded when the batch is composed. What a
//! segment becomes depends on its lines alone: a preview shows what will be sent, and a sealer that continues after a
//! kill composes the same.

use std::collections::HashMap;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;
use aboveboard_types::event::{Event, EventKind, MAX_TIMES};

/// The events of a batch, in the order in which they (or the first of their repeats) were recorded.
#[derive(Debug)]
pub(super) struct Folder<'a, 'd> {
    declaration: &'d Declaration,
    events: Vec<Foldable<'a, 'd>>,
    /// The place of the last event that repeats may join, by what they have in common.
    open: HashMap<String, usize>,
}

#[derive(Debug)]
enum Foldable<'a, 'd> {
    /// A line as it was written, whose event is not folded.
    Line(&'a str),
    /// An event that repeats may join, or that is written anew.
    Event(Event<'d>),
}

impl<'a, 'd> Folder<'a, 'd> {
    pub(super) fn new(declaration: &'d Declaration) -> Self {
        Self { declaration, events: Vec::new(), open: HashMap::new() }
    }

    /// Adds an event, and the line that it was read from, if that says nothing else.
    pub(super) fn add(&mut self, line: Option<&'a str>, event: Event<'d>) {
        let Some(window) = self.window(&event) else {
            return self.events.push(line.map_or(Foldable::Event(event), Foldable::Line));
        };
        let key = key(&event);
        if let Some(at) = self.open.get(&key)
            && let Some(Foldable::Event(first)) = self.events.get_mut(*at)
            && join(first, &event, window)
        {
            return;
        }
        self.open.insert(key, self.events.len());
        self.events.push(Foldable::Event(event));
    }

    /// Seconds within which repeats of this event are folded.
    fn window(&self, event: &Event<'_>) -> Option<u64> {
        let EventKind::Declared(declared) = &event.kind else { return None };
        let known = self.declaration.events.iter().find(|known| known.name == declared.name)?;
        known.limits.fold.map(u64::from)
    }

    /// Calls `give` for each event, as JSON and with the number of events that it stands for.
    pub(super) fn each(self, mut give: impl FnMut(&str, u64)) {
        for event in self.events {
            match event {
                Foldable::Line(line) => give(line, 1),
                Foldable::Event(event) => {
                    let mut json = String::new();
                    encode::push_event(&mut json, &event);
                    give(&json, times(&event));
                }
            }
        }
    }
}

/// What repeats have in common: all but time and number.
fn key(event: &Event<'_>) -> String {
    let mut common = Event { time: 0, kind: event.kind.clone() };
    if let EventKind::Declared(declared) = &mut common.kind {
        declared.times = 1;
    }
    let mut key = String::new();
    encode::push_event(&mut key, &common);
    key
}

/// Joins a repeat to the first; false if it came too late, or one too many.
fn join(first: &mut Event<'_>, repeat: &Event<'_>, window: u64) -> bool {
    let more = times(repeat);
    let is_near = repeat.time >= first.time && repeat.time - first.time < window;
    match &mut first.kind {
        EventKind::Declared(declared) if is_near && declared.times + more <= MAX_TIMES => {
            declared.times += more;
            true
        }
        _ => false,
    }
}

fn times(event: &Event<'_>) -> u64 {
    match &event.kind {
        EventKind::Declared(declared) => declared.times,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample;
    use aboveboard_types::event::Declared;
    use aboveboard_types::value::Value;

    fn folded(window: Option<u32>, events: &[(u64, u64)]) -> Vec<(String, u64)> {
        let mut declaration = sample::declaration();
        declaration.events.to_mut()[0].limits.fold = window;
        let lines: Vec<_> = events
            .iter()
            .map(|(time, number)| {
                let fields = vec![("number", Value::Number(*number))];
                let declared = Declared { name: "happened", fields, times: 1 };
                Event { time: *time, kind: EventKind::Declared(declared) }
            })
            .map(|event| {
                let mut json = String::new();
                encode::push_event(&mut json, &event);
                (json, event)
            })
            .collect();
        let mut folder = Folder::new(&declaration);
        for (line, event) in &lines {
            folder.add(Some(line), event.clone());
        }
        let mut given = Vec::new();
        folder.each(|json, times| given.push((json.to_owned(), times)));
        given
    }

    #[test]
    fn a_thousand_repeats_within_the_window_become_one_that_tells_so() {
        let events: Vec<_> = (0..1_000).map(|at| (100 + at / 100, 7)).collect();
        let all = folded(Some(10), &events);
        let expected = r#"{"name":"happened","time":100,"fields":{"number":7},"times":1000}"#;
        assert_eq!(all, [(expected.to_owned(), 1_000)]);
    }

    #[test]
    fn other_fields_later_times_and_too_many_begin_anew_and_nothing_is_lost() {
        let all = folded(Some(10), &[(100, 1), (101, 2), (109, 1), (110, 1), (90, 1), (101, 2)]);
        assert_eq!(all.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [2, 2, 1, 1]);
        let most = usize::try_from(MAX_TIMES).unwrap();
        let all = folded(Some(3_600), &vec![(100, 1); most + 5]);
        assert_eq!(all.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [MAX_TIMES, 5]);
    }

    #[test]
    fn what_is_not_declared_to_fold_stays_as_it_was_written() {
        let all = folded(None, &[(100, 1), (100, 1)]);
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|(json, times)| *times == 1 && !json.contains("times")));
    }
}
