//! Repeats of an event within the window that the manifest declares: most of them are only counted.
//!
//! The first is written at once. After that a line is written whenever there are as many unwritten repeats as
//! written ones, and it holds their number; so a thousand repeats are some ten lines, and a kill loses at most half of
//! them. What is left is written when another event of the kind begins anew, before a delivery, and when the recorder
//! goes. While another thread is at it, an event is written as it is. The lines of one window become one event when their batch is composed.

use std::sync::{Mutex, MutexGuard, TryLockError};

use aboveboard_types::encode;
use aboveboard_types::event::{Declared, MAX_TIMES, Seconds};

use crate::process::Process;

/// Most different events that are counted at the same time. One more is written as it is.
const MAX_NAMES: usize = 64;

/// What is being repeated.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// Which counts, once there is something. What another that was forked off since finds here is not its own to write.
    process: Option<Process>,
    all: Vec<Repeated>,
}

#[derive(Debug)]
struct Repeated {
    name: String,
    /// The fields as they are written.
    fields: String,
    /// Of the first; later lines carry it too, so that they are joined to it.
    time: Seconds,
    window: u64,
    written: u64,
    unwritten: u64,
}

impl Repeats {
    /// Takes an event that is folded within `window` seconds, and returns what is to be written now, as JSON.
    pub(crate) fn take(&self, time: Seconds, event: &Declared<'_>, window: u64) -> Vec<String> {
        let mut fields = String::new();
        encode::push_fields(&mut fields, event);
        let times = event.times;
        let mut new =
            Repeated { name: event.name.to_owned(), fields, time, window, written: 0, unwritten: times };
        let Some(mut counted) = self.counted() else { return new.line().into_iter().collect() };
        let all = &mut counted.all;
        let is_same = |known: &Repeated| known.name == new.name && known.fields == new.fields;
        if let Some(known) = all.iter_mut().find(|known| is_same(known) && known.takes(time, times)) {
            known.unwritten += times;
            let is_due = known.unwritten >= known.written || known.unwritten + known.written >= MAX_TIMES;
            return if is_due { known.line().into_iter().collect() } else { Vec::new() };
        }
        let mut due = Vec::new();
        all.retain_mut(|known| {
            let is_over = known.is_over(time) || is_same(known);
            if is_over {
                due.extend(known.line());
            }
            !is_over
        });
        due.extend(new.line());
        if all.len() < MAX_NAMES {
            all.push(new);
            counted.process = Some(Process::this());
        }
        due
    }

    /// What is not written yet, as JSON.
    pub(crate) fn rest(&self) -> Vec<String> {
        let mut counted = self.counted();
        let all = counted.iter_mut().flat_map(|counted| &mut counted.all);
        all.filter_map(Repeated::line).collect()
    }

    /// What this process counts. `None` while another thread is at it, or where one was when this process was forked off: it
    /// would be waited for without end.
    fn counted(&self) -> Option<MutexGuard<'_, Counted>> {
        let mut counted = match self.0.try_lock() {
            Ok(counted) => counted,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        if !counted.all.is_empty() && counted.process != Some(Process::this()) {
            counted.all.clear();
        }
        Some(counted)
    }
}

impl Repeated {
    fn is_over(&self, now: Seconds) -> bool {
        now < self.time || now - self.time >= self.window
    }

    fn takes(&self, time: Seconds, times: u64) -> bool {
        !self.is_over(time) && self.written + self.unwritten + times <= MAX_TIMES
    }

    /// The line that reports the unwritten repeats.
    fn line(&mut self) -> Option<String> {
        let number = std::mem::take(&mut self.unwritten);
        self.written += number;
        (number > 0).then(|| encode::repeats(&self.name, self.time, &self.fields, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aboveboard_types::value::Value;

    fn take(repeats: &Repeats, time: Seconds, number: u64) -> Vec<String> {
        let fields = vec![("number", Value::Number(number))];
        repeats.take(time, &Declared { name: "happened", fields, times: 1 }, 10)
    }

    fn times(line: impl AsRef<str>) -> u64 {
        line.as_ref()
            .split_once("\"times\":")
            .map_or(1, |(_, rest)| rest.trim_end_matches('}').parse().unwrap())
    }

    #[test]
    fn a_thousand_repeats_are_a_few_lines_that_tell_all_of_them() {
        let repeats = Repeats::default();
        let mut lines: Vec<_> = (0..1_000).flat_map(|at| take(&repeats, 100 + at / 100, 7)).collect();
        assert_eq!(lines[0], r#"{"name":"happened","time":100,"fields":{"number":7}}"#);
        let written: u64 = lines.iter().map(times).sum();
        assert!(written >= 500, "a kill loses at most half: {written}");
        lines.extend(repeats.rest());
        assert_eq!(lines.iter().map(times).sum::<u64>(), 1_000);
        assert!(lines.len() <= 12 && lines.iter().all(|line| line.contains("\"time\":100,")), "{lines:?}");
        assert!(repeats.rest().is_empty());
    }

    #[test]
    fn while_another_thread_is_at_it_an_event_is_written_as_it_is() {
        let repeats = std::sync::Arc::new(Repeats::default());
        assert_eq!(take(&repeats, 100, 7).len(), 1);
        let held = repeats.0.lock().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        let other = std::sync::Arc::clone(&repeats);
        std::thread::spawn(move || done.send((take(&other, 100, 7), other.rest())));
        let written = is_done.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
        assert_eq!(
            written,
            (vec![r#"{"name":"happened","time":100,"fields":{"number":7}}"#.to_owned()], vec![])
        );
        drop(held);
    }

    #[test]
    fn what_another_process_has_counted_is_not_written_again() {
        let repeats = Repeats::default();
        for _ in 0..4 {
            take(&repeats, 100, 7);
        }
        let mut other = std::process::Command::new(std::env::current_exe().unwrap());
        let mut other = other.arg("--list").stdout(std::process::Stdio::null()).spawn().unwrap();
        repeats.0.lock().unwrap().process = Some(Process::from(&other));
        other.wait().unwrap();
        assert!(repeats.rest().is_empty());
        assert_eq!(take(&repeats, 100, 7).len(), 1, "its own first");
    }

    #[test]
    fn another_event_another_window_and_one_too_many_begin_anew_and_none_is_lost() {
        let repeats = Repeats::default();
        let given = [(100, 1), (100, 2), (109, 1), (110, 1), (90, 1), (90, 2)];
        let lines: Vec<_> =
            given.into_iter().flat_map(|(time, number)| take(&repeats, time, number)).collect();
        assert_eq!(lines.iter().map(times).sum::<u64>(), 6);
        let mut lines: Vec<_> = (0..2 * MAX_TIMES + 3).flat_map(|_| take(&repeats, 100, 3)).collect();
        lines.extend(repeats.rest());
        assert_eq!(lines.iter().map(times).sum::<u64>(), 2 * MAX_TIMES + 3);
        assert!(lines.iter().all(|line| times(line) <= MAX_TIMES));
        // More kinds than are counted at once are written as they are.
        assert_eq!((0..200).flat_map(|number| take(&repeats, 500, number)).count(), 200);
    }
}
