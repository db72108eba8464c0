//! All open connections: how many there may be, which are overdue, and which goes first when there are too many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::activity::{Activity, Loss};
use super::limits::{EVICTIONS, MAX_SWEEP_INTERVAL, MIN_SWEEP_INTERVAL};
use crate::config::Limits;
use crate::ingest::Prefix;
use crate::lock::lock;
use crate::metrics::{CloseReason, Metrics};

/// All open connections.
#[derive(Debug)]
pub(super) struct Connections {
    started: Instant,
    max_open: usize,
    limits: Limits,
    metrics: Arc<Metrics>,
    open: Mutex<OpenConnections>,
    /// Notified when the last open connection closes.
    emptied: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    by_number: HashMap<u64, Connection>,
    /// How many each prefix has.
    by_prefix: HashMap<Prefix, usize>,
}

#[derive(Debug)]
struct Connection {
    prefix: Prefix,
    activity: Arc<Activity>,
}

impl OpenConnections {
    fn insert(&mut self, number: u64, connection: Connection) {
        *self.by_prefix.entry(connection.prefix).or_default() += 1;
        self.by_number.insert(number, connection);
    }

    fn remove(&mut self, number: u64) -> Option<Connection> {
        let connection = self.by_number.remove(&number)?;
        if let Some(count) = self.by_prefix.get_mut(&connection.prefix) {
            *count -= 1;
            if *count == 0 {
                self.by_prefix.remove(&connection.prefix);
            }
        }
        Some(connection)
    }

    /// Which connections close for one more of `newcomer`, or for none that is known. They are those of the prefix that has
    /// most, and among them first those that have sent no body, each for the longest time. Where no prefix has more than
    /// the newcomer's, no request that is worked on closes for one that may never come.
    fn victims(&self, newcomer: Option<Prefix>) -> Vec<u64> {
        let own = newcomer.and_then(|prefix| self.by_prefix.get(&prefix)).copied().unwrap_or_default();
        let Some((heaviest, most)) = self.by_prefix.iter().max_by_key(|(_, count)| **count) else {
            return Vec::new();
        };
        let is_heavier = *most > own + 1;
        let max_loss = if is_heavier { Loss::Answer } else { Loss::PartOfBody };
        let mut candidates: Vec<_> = self
            .by_number
            .iter()
            .filter(|(_, connection)| !is_heavier || connection.prefix == *heaviest)
            .map(|(number, connection)| (connection.activity.loss(), connection.activity.since(), *number))
            .filter(|(loss, _, _)| *loss <= max_loss)
            .collect();
        candidates.sort_unstable();
        let least = candidates.first().map(|(loss, _, _)| *loss);
        let at_once = match least {
            Some(Loss::Nothing) => EVICTIONS,
            Some(Loss::PartOfBody) => EVICTIONS / 4,
            Some(Loss::Answer) | None => 1,
        };
        // The heaviest prefix becomes no lighter than the newcomer's.
        let wanted = if is_heavier { at_once.min((*most - own) / 2) } else { at_once };
        let chosen = candidates.iter().take_while(|(loss, _, _)| Some(*loss) == least).take(wanted);
        chosen.map(|(_, _, number)| *number).collect()
    }
}

impl Connections {
    pub(super) fn new(limits: &Limits, max_open: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            max_open,
            limits: limits.clone(),
            metrics,
            open: Mutex::default(),
            emptied: tokio::sync::Notify::new(),
        })
    }

    /// Admits a new connection, if need be in place of others; `None` where all others have a better right to theirs.
    pub(super) fn admit(self: &Arc<Self>, prefix: Prefix) -> Option<Permit> {
        let mut open = lock(&self.open);
        if open.by_number.len() >= self.max_open && !self.evict(&mut open, Some(prefix)) {
            drop(open);
            self.metrics.closed(CloseReason::Refused);
            return None;
        }
        let number = open.next;
        open.next += 1;
        let activity = Arc::new(Activity::new(self.started));
        open.insert(number, Connection { prefix, activity: Arc::clone(&activity) });
        drop(open);
        self.metrics.connected();
        Some(Permit { connections: Arc::clone(self), number, activity })
    }

    /// Closes connections for others. They count as gone at once, since their tasks end a little later.
    fn evict(&self, open: &mut OpenConnections, newcomer: Option<Prefix>) -> bool {
        let numbers = open.victims(newcomer);
        for number in &numbers {
            if let Some(connection) = open.remove(*number) {
                self.metrics.closed(CloseReason::Evicted);
                self.metrics.disconnected();
                connection.activity.abort();
            }
        }
        !numbers.is_empty()
    }

    /// Closes connections where the system has no file descriptor left.
    pub(super) fn evict_any(&self) {
        self.evict(&mut lock(&self.open), None);
    }

    /// Closes what is overdue, again and again.
    pub(super) async fn sweep(self: Arc<Self>) {
        let shortest = self.limits.header.min(self.limits.idle).min(self.limits.reply);
        let mut tick = tokio::time::interval((shortest / 8).clamp(MIN_SWEEP_INTERVAL, MAX_SWEEP_INTERVAL));
        loop {
            tick.tick().await;
            let now = self.started.elapsed().as_millis() as u64;
            for connection in lock(&self.open).by_number.values() {
                if let Some(reason) = connection.activity.overdue(now, &self.limits) {
                    self.metrics.closed(reason);
                    connection.activity.abort();
                }
            }
        }
    }

    /// Waits until no connection is open.
    pub(super) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if lock(&self.open).by_number.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Closes what is open: at the beginning of a stop what only streams, and at its end all.
    pub(super) fn close(&self, all: bool) {
        for connection in lock(&self.open).by_number.values() {
            if all || connection.activity.is_replying() {
                connection.activity.abort();
            }
        }
    }

    fn remove(&self, number: u64) {
        let mut open = lock(&self.open);
        if open.remove(number).is_some() {
            self.metrics.disconnected();
        }
        if open.by_number.is_empty() {
            self.emptied.notify_waiters();
        }
    }
}

/// The right of a connection to be open; dropping it lets another one in.
#[derive(Debug)]
pub(super) struct Permit {
    connections: Arc<Connections>,
    number: u64,
    activity: Arc<Activity>,
}

impl Permit {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.connections.remove(self.number);
    }
}
