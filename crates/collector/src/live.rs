//! What the page shows of an arrival within a second of it: everything but the installation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::{Ending, Event, EventKind};
use aboveboard_types::value::Version;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

/// Most events that one arrival spells out.
pub(crate) const MAX_SUMMARIES: usize = 20;

/// Most arrivals that wait at once for the store to say how new their installation is. What comes meanwhile is missed.
pub(crate) const MAX_LOOK_UPS: usize = 16;

/// Most arrivals that a slow reader may lag behind before it misses some.
const MAX_LAG: usize = 64;

/// A batch that was acknowledged just now. It is sent before the batch is applied, so a batch that was sent twice
/// shows twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    /// Product id.
    pub(crate) product: String,
    /// The component that recorded the batch.
    pub(crate) component: Component,
    /// The product's version.
    pub(crate) version: Version,
    /// The circumstances in which the batch was recorded.
    pub(crate) marks: Marks,
    /// The first [`MAX_SUMMARIES`] accepted events.
    pub(crate) events: Vec<Summary>,
    /// How many events were accepted in all.
    pub(crate) accepted: u32,
    /// When it was received: seconds since 1970 UTC.
    pub(crate) received: i64,
    /// How many arrivals before this one were not shown to anybody.
    pub(crate) missed: u64,
    /// Whether its installation is so new that one sender may still be many: see
    /// [`Standing`](aboveboard_store::verification::Standing).
    pub(crate) unverified: bool,
}

/// Where arrivals are shown to whoever watches.
#[derive(Debug)]
pub(crate) struct Arrivals {
    sender: broadcast::Sender<Live>,
    look_ups: Arc<Semaphore>,
    missed: Arc<AtomicU64>,
}

/// A turn to show an arrival.
#[derive(Debug)]
pub(crate) struct Turn {
    sender: broadcast::Sender<Live>,
    missed: Arc<AtomicU64>,
    _look_up: OwnedSemaphorePermit,
}

impl Arrivals {
    pub(crate) fn new() -> Self {
        let (sender, _) = broadcast::channel(MAX_LAG);
        Self { sender, look_ups: Arc::new(Semaphore::new(MAX_LOOK_UPS)), missed: Arc::default() }
    }

    /// For whoever comes to watch, as long as the collector runs.
    pub(crate) fn sender(&self) -> broadcast::WeakSender<Live> {
        self.sender.downgrade()
    }

    /// Whether anybody watches. A gap that nobody saw is none for whoever comes next.
    pub(crate) fn are_watched(&self) -> bool {
        let are_watched = self.sender.receiver_count() > 0;
        if !are_watched {
            self.missed.store(0, Ordering::Relaxed);
        }
        are_watched
    }

    /// A turn to show an arrival; none where too many wait for the store already, and the arrival is missed.
    pub(crate) fn take_turn(&self) -> Option<Turn> {
        let look_up = Arc::clone(&self.look_ups).try_acquire_owned();
        if look_up.is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
        let sender = self.sender.clone();
        Some(Turn { sender, missed: Arc::clone(&self.missed), _look_up: look_up.ok()? })
    }
}

impl Turn {
    /// Shows an arrival. That nobody watches any more is no failure.
    pub(crate) fn show(self, mut live: Live) {
        live.missed = self.missed.swap(0, Ordering::Relaxed);
        let _ = self.sender.send(live);
    }
}

/// One event in a line, made of declared names only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// `command`, `console`, `report` or the name of a declared event.
    pub(crate) name: String,
    /// The command path, or the console's action or route; empty for the others.
    pub(crate) subject: String,
    /// How a command ended.
    pub(crate) ending: Option<Ending>,
}

impl Summary {
    /// The summary of a checked event.
    #[must_use]
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let (name, subject, ending) = match &event.kind {
            EventKind::Command(command) => ("command", command.command, Some(command.ending)),
            EventKind::Console(console) => ("console", console.action.unwrap_or(console.route), None),
            EventKind::Report(_) => ("report", "", None),
            EventKind::Declared(declared) => (declared.name, "", None),
            _ => ("", "", None),
        };
        Self { name: name.to_owned(), subject: subject.to_owned(), ending }
    }
}

/// `metadata apply · error`, `report`
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.subject.is_empty() { &self.name } else { &self.subject })?;
        match self.ending {
            Some(Ending::Error) => f.write_str(" · error"),
            Some(Ending::Unfinished) => f.write_str(" · unfinished"),
            Some(Ending::Success) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival() -> Live {
        Live {
            product: "quarry".to_owned(),
            component: Component::Cli,
            version: Version::default(),
            marks: Marks::default(),
            events: Vec::new(),
            accepted: 1,
            received: 7,
            missed: 0,
            unverified: false,
        }
    }

    #[test]
    fn while_the_store_is_slow_only_so_many_arrivals_wait_and_the_gap_is_counted() {
        let arrivals = Arrivals::new();
        let mut watching = arrivals.sender.subscribe();
        let mut turns: Vec<_> = (0..MAX_LOOK_UPS + 1_000).filter_map(|_| arrivals.take_turn()).collect();
        assert_eq!(turns.len(), MAX_LOOK_UPS);
        turns.pop().unwrap().show(arrival());
        assert_eq!(watching.try_recv().unwrap().missed, 1_000);
        arrivals.take_turn().unwrap().show(arrival());
        assert_eq!(watching.try_recv().unwrap().missed, 0, "each gap is told once");
        drop(watching);
        let missed: Vec<_> = (0..MAX_LOOK_UPS + 1_000).filter_map(|_| arrivals.take_turn()).collect();
        drop(missed);
        assert!(!arrivals.are_watched());
        let mut watching = arrivals.sender.subscribe();
        arrivals.take_turn().unwrap().show(arrival());
        assert_eq!(watching.try_recv().unwrap().missed, 0, "nobody saw that gap");
    }
}
