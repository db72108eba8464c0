//! What the collector counts about itself: numbers only, no id, no address, no product.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use aboveboard_store::Applied;

use crate::log::Log;
use crate::refusal::Reason;

/// Why a connection was closed by the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// No header within the time.
    Header,
    /// Idle between two requests.
    Idle,
    /// A request that was never answered.
    Request,
    /// The client did not take the reply.
    Reply,
    /// Evicted for another connection.
    Evicted,
    /// Not admitted: all connections were at work.
    Refused,
}

impl CloseReason {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Header, "header"),
        (Self::Idle, "idle"),
        (Self::Request, "request"),
        (Self::Reply, "reply"),
        (Self::Evicted, "evicted"),
        (Self::Refused, "refused"),
    ];
}

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    refused: [AtomicU64; Reason::COUNT],
    body_bytes: AtomicU64,
    acknowledged: AtomicU64,
    events_accepted: AtomicU64,
    events_rejected: AtomicU64,
    accepted_connections: AtomicU64,
    open_connections: AtomicU64,
    closed: [AtomicU64; CloseReason::ALL.len()],
    erasures: AtomicU64,
    quarantined: AtomicU64,
    skipped_bytes: AtomicU64,
    apply_failures: AtomicU64,
    applied_position: AtomicU64,
    applied: Mutex<Applied>,
}

impl Metrics {
    pub(crate) fn refused(&self, reason: Reason) {
        add(&self.refused[reason.index()], 1);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.body_bytes, bytes as u64);
    }

    pub(crate) fn acknowledged(&self, accepted: u32, rejected: u32) {
        add(&self.acknowledged, 1);
        add(&self.events_accepted, u64::from(accepted));
        add(&self.events_rejected, u64::from(rejected));
    }

    pub(crate) fn erasure(&self) {
        add(&self.erasures, 1);
    }

    pub(crate) fn connected(&self) {
        add(&self.accepted_connections, 1);
        add(&self.open_connections, 1);
    }

    pub(crate) fn disconnected(&self) {
        self.open_connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self, reason: CloseReason) {
        add(&self.closed[reason as usize], 1);
    }

    pub(crate) fn applied(&self, applied: &Applied, position: u64) {
        self.applied_position.store(position, Ordering::Relaxed);
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).add(applied);
    }

    pub(crate) fn quarantined(&self) {
        add(&self.quarantined, 1);
    }

    pub(crate) fn skipped(&self, bytes: u64) {
        add(&self.skipped_bytes, bytes);
    }

    pub(crate) fn apply_failed(&self) {
        add(&self.apply_failures, 1);
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, log: &Log) -> String {
        let mut out = String::with_capacity(8 * 1024);
        let figures = log.figures();
        let applied = *self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        let counters: [(&str, &str, u64); 20] = [
            ("batches_acknowledged_total", "Batches made durable and acknowledged", get(&self.acknowledged)),
            ("events_accepted_total", "Events in acknowledged batches", get(&self.events_accepted)),
            ("events_rejected_total", "Events refused, their batch not", get(&self.events_rejected)),
            ("body_bytes_total", "Bytes of bodies as sent", get(&self.body_bytes)),
            ("erasures_logged_total", "Erasures made durable", get(&self.erasures)),
            ("connections_total", "Connections accepted", get(&self.accepted_connections)),
            ("log_groups_total", "Groups of entries written and synced together", figures.groups),
            ("log_failures_total", "Groups that could not be written or synced", figures.failures),
            (
                "log_skipped_bytes_total",
                "Bytes of the ingest log that held no entry",
                get(&self.skipped_bytes),
            ),
            ("batches_applied_total", "Batches in the store", applied.batches),
            ("batches_duplicate_total", "Batches that were already in the store", applied.duplicates),
            (
                "batches_conflicting_total",
                "Batches whose id was in the store with other contents",
                applied.conflicts,
            ),
            ("events_applied_total", "Events in the store", applied.events),
            ("events_unplaced_total", "Events whose time is not plausible", applied.unplaced),
            ("events_refused_total", "Events refused at ingest or by the store", applied.refused),
            ("events_erased_total", "Events that came after their erasure", applied.erased),
            ("installations_erased_total", "Installations erased", applied.erasures),
            (
                "installations_cleared_total",
                "Installations cleared because all their batches were synthetic",
                applied.cleared,
            ),
            ("entries_set_aside_total", "Entries that the store cannot take", get(&self.quarantined)),
            ("apply_failures_total", "Transactions that failed and are retried", get(&self.apply_failures)),
        ];
        for (name, help, value) in counters {
            single(&mut out, name, "counter", help, value);
        }
        single(&mut out, "connections", "gauge", "Connections open", get(&self.open_connections));
        single(&mut out, "log_bytes", "gauge", "Bytes in the ingest log", figures.bytes);
        single(&mut out, "log_segments", "gauge", "Segments of the ingest log", figures.segments);
        let behind = figures.end.saturating_sub(get(&self.applied_position));
        single(
            &mut out,
            "log_unapplied_bytes",
            "gauge",
            "Bytes of the ingest log that the store does not have",
            behind,
        );
        if let Some(resident) = crate::memory::resident() {
            single(&mut out, "resident_bytes", "gauge", "Memory of the collector that is resident", resident);
        }
        head(&mut out, "requests_refused_total", "counter", "Requests refused, by reason");
        let mut refused = BTreeMap::new();
        for (name, count) in Reason::names().zip(&self.refused) {
            *refused.entry(name).or_default() += get(count);
        }
        for (name, count) in refused as BTreeMap<&str, u64> {
            push(&mut out, format_args!("requests_refused_total{{reason=\"{name}\"}} {count}"));
        }
        head(
            &mut out,
            "connections_closed_total",
            "counter",
            "Connections closed by the collector, by reason",
        );
        for (reason, name) in CloseReason::ALL {
            let count = get(&self.closed[reason as usize]);
            push(&mut out, format_args!("connections_closed_total{{reason=\"{name}\"}} {count}"));
        }
        out
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn single(out: &mut String, name: &str, metric_type: &str, help: &str, value: u64) {
    head(out, name, metric_type, help);
    push(out, format_args!("{name} {value}"));
}

fn head(out: &mut String, name: &str, metric_type: &str, help: &str) {
    let _ = write!(out, "# HELP aboveboard_{name} {help}\n# TYPE aboveboard_{name} {metric_type}\n");
}

/// Writing into a `String` cannot fail.
fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "aboveboard_{line}");
}
