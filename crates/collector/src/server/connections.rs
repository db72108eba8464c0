//! All open connections: how many there may be, which are overdue, and which goes first when there are too many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::activity::Activity;
use super::limits::{EVICTIONS, MAX_SWEEP_INTERVAL, MIN_SWEEP_INTERVAL};
use crate::config::Limits;
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
    by_number: HashMap<u64, Arc<Activity>>,
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

    /// Admits a new connection, if need be in place of those silent longest; `None` where all are at work.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Permit> {
        let mut open = lock(&self.open);
        if open.by_number.len() >= self.max_open && !self.evict(&mut open) {
            drop(open);
            self.metrics.closed(CloseReason::Refused);
            return None;
        }
        let number = open.next;
        open.next += 1;
        let activity = Arc::new(Activity::new(self.started));
        open.by_number.insert(number, Arc::clone(&activity));
        drop(open);
        self.metrics.connected();
        Some(Permit { connections: Arc::clone(self), number, activity })
    }

    /// Closes the longest silent connections. They count as gone at once, since their tasks end a little later.
    fn evict(&self, open: &mut OpenConnections) -> bool {
        let mut silent: Vec<_> =
            open.by_number.iter().filter(|(_, activity)| activity.is_waiting()).collect();
        silent.sort_unstable_by_key(|(_, activity)| activity.since());
        let numbers: Vec<_> = silent.iter().take(EVICTIONS).map(|(number, _)| **number).collect();
        for number in &numbers {
            if let Some(activity) = open.by_number.remove(number) {
                self.metrics.closed(CloseReason::Evicted);
                self.metrics.disconnected();
                activity.abort();
            }
        }
        !numbers.is_empty()
    }

    /// Closes silent connections where the system has no file descriptor left.
    pub(super) fn evict_silent(&self) {
        self.evict(&mut lock(&self.open));
    }

    /// Closes what is overdue, again and again.
    pub(super) async fn sweep(self: Arc<Self>) {
        let shortest = self.limits.header.min(self.limits.idle).min(self.limits.reply);
        let mut tick = tokio::time::interval((shortest / 8).clamp(MIN_SWEEP_INTERVAL, MAX_SWEEP_INTERVAL));
        loop {
            tick.tick().await;
            let now = self.started.elapsed().as_millis() as u64;
            for activity in lock(&self.open).by_number.values() {
                if let Some(reason) = activity.overdue(now, &self.limits) {
                    self.metrics.closed(reason);
                    activity.abort();
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
        for activity in lock(&self.open).by_number.values() {
            if all || activity.is_replying() {
                activity.abort();
            }
        }
    }

    fn remove(&self, number: u64) {
        let mut open = lock(&self.open);
        if open.by_number.remove(&number).is_some() {
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
