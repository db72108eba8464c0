//! What the collector counts about itself: numbers only, no id and no address. A rejected manifest is named.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aboveboard_store::{Applied, RemovalProgress};

use crate::database::{ClusterFigures, ServerHealth};
use crate::exposition::Exposition;
use crate::lock::lock;
use crate::log::Log;
use crate::manifests::{MAX_NAMED_REJECTIONS, RejectedManifest};
use crate::paused::PausedItem;
use crate::refusal::{Reason, Refusal};
use crate::settling::Settling;

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

/// A number that any thread adds to.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A counter for each reason of a refusal.
#[derive(Debug)]
struct Refused([Counter; Reason::COUNT]);

impl Default for Refused {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Counter::default()))
    }
}

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    refused: Refused,
    pub(crate) body_bytes: Counter,
    acknowledged: Counter,
    events_accepted: Counter,
    events_rejected: Counter,
    accepted_connections: Counter,
    open_connections: AtomicU64,
    closed: [Counter; CloseReason::ALL.len()],
    pub(crate) erasures: Counter,
    pub(crate) wrong_tokens: Counter,
    pub(crate) quarantined: Counter,
    pub(crate) skipped_bytes: Counter,
    pub(crate) apply_failures: Counter,
    applied_position: AtomicU64,
    removal_days_left: AtomicU64,
    /// What was last seen of the cluster; none where there is none.
    cluster: Mutex<Option<ClusterFigures>>,
    /// Up to where the store has the log for good.
    pub(crate) settling: Settling,
    applied: Mutex<Applied>,
}

impl Metrics {
    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.refused.0[refusal.reason as usize].add(1);
    }

    pub(crate) fn acknowledged(&self, accepted: u32, rejected: u32) {
        self.acknowledged.add(1);
        self.events_accepted.add(u64::from(accepted));
        self.events_rejected.add(u64::from(rejected));
    }

    pub(crate) fn connected(&self) {
        self.accepted_connections.add(1);
        self.open_connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn disconnected(&self) {
        self.open_connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self, reason: CloseReason) {
        self.closed[reason as usize].add(1);
    }

    pub(crate) fn applied(&self, applied: &Applied, position: u64) {
        lock(&self.applied).add(applied);
        self.set_position(position);
    }

    /// Notes up to where the store has the log.
    pub(crate) fn set_position(&self, position: u64) {
        self.applied_position.store(position, Ordering::Relaxed);
    }

    /// Bytes of the log that the store does not have.
    pub(crate) fn unapplied(&self, log: &Log) -> u64 {
        log.figures().end.saturating_sub(self.applied_position.load(Ordering::Relaxed))
    }

    pub(crate) fn removed(&self, progress: &RemovalProgress) {
        lock(&self.applied).cleared += progress.cleared;
        self.removal_days_left.store(progress.days_left, Ordering::Relaxed);
    }

    /// Notes how the cluster stands.
    pub(crate) fn set_cluster(&self, figures: ClusterFigures) {
        *lock(&self.cluster) = Some(figures);
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, log: &Log, rejected: &[RejectedManifest], paused: &[PausedItem]) -> String {
        let mut out = Exposition::default();
        let figures = log.figures();
        // Before the counters, which thus hold at least what the position has passed.
        let behind = self.unapplied(log);
        let applied = *lock(&self.applied);
        let counters: [(&str, &str, u64); 24] = [
            ("batches_acknowledged_total", "Batches made durable and acknowledged", self.acknowledged.get()),
            ("events_accepted_total", "Events in acknowledged batches", self.events_accepted.get()),
            ("events_rejected_total", "Events refused, their batch not", self.events_rejected.get()),
            ("body_bytes_total", "Bytes of bodies as sent", self.body_bytes.get()),
            ("erasures_logged_total", "Erasures made durable", self.erasures.get()),
            ("wrong_tokens_total", "Requests with a wrong operator's token", self.wrong_tokens.get()),
            ("connections_total", "Connections accepted", self.accepted_connections.get()),
            ("log_groups_total", "Groups of entries written and synced together", figures.groups),
            ("log_failures_total", "Groups that could not be written or synced", figures.failures),
            (
                "log_skipped_bytes_total",
                "Bytes of the ingest log that held no entry",
                self.skipped_bytes.get(),
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
            (
                "events_over_cap_total",
                "Events above what one installation may add to a day",
                applied.over_cap,
            ),
            ("versions_other_total", "Versions without a name, counted as other", applied.other_versions),
            (
                "reports_overgrown_total",
                "Reports whose sums grew by more than a server can serve",
                applied.overgrown,
            ),
            ("installations_erased_total", "Installations erased", applied.erasures),
            (
                "installations_cleared_total",
                "Installations cleared because all their batches were synthetic",
                applied.cleared,
            ),
            ("entries_set_aside_total", "Entries that the store cannot take", self.quarantined.get()),
            ("apply_failures_total", "Transactions that failed and are retried", self.apply_failures.get()),
        ];
        for (name, help, value) in counters {
            out.family(name, "counter", help);
            out.sample(name, &[], value);
        }
        let open = self.open_connections.load(Ordering::Relaxed);
        let (unsettled, unsettled_for) = self.settling.lag(Instant::now(), figures.end);
        let days_left = self.removal_days_left.load(Ordering::Relaxed);
        let gauges = [
            ("connections", "Connections open", Some(open)),
            ("log_bytes", "Bytes in the ingest log", Some(figures.bytes)),
            (
                "data_directory_in_place",
                "1 while the path of the data directory leads to the directory in use, else 0",
                Some(u64::from(figures.is_in_place)),
            ),
            ("log_segments", "Segments of the ingest log", Some(figures.segments)),
            ("log_unapplied_bytes", "Bytes of the ingest log that the store does not have", Some(behind)),
            ("log_cap_bytes", "Bytes in the ingest log above which nothing is taken in", Some(figures.cap)),
            (
                "log_unsettled_bytes",
                "Bytes of the ingest log that the store was not seen to have for good",
                Some(unsettled),
            ),
            (
                "log_unsettled_seconds",
                "How long the first of these bytes have waited",
                Some(unsettled_for.as_secs()),
            ),
            (
                "manifests_rejected",
                "Files in the directory of manifests that cannot be used",
                Some(rejected.len() as u64),
            ),
            ("items_paused", "Items of manifests that are paused", Some(paused.len() as u64)),
            (
                "paused_left_out",
                "Events and parts of events left out of paused items since the start",
                Some(paused.iter().map(|paused| paused.left_out).sum()),
            ),
            (
                "removal_days_left",
                "Days that an erasure or a clearing has still to pass over",
                Some(days_left),
            ),
            ("resident_bytes", "Memory of the collector that is resident", crate::memory::resident()),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                out.family(name, "gauge", help);
                out.sample(name, &[], value);
            }
        }
        out.family("manifest_rejected", "gauge", "1 for each of these files, by name and product");
        for RejectedManifest { file, product, .. } in rejected.iter().take(MAX_NAMED_REJECTIONS) {
            let product = product.as_deref().unwrap_or_default();
            out.sample("manifest_rejected", &[("file", file), ("product", product)], 1);
        }
        if let Some(cluster) = &*lock(&self.cluster) {
            of_cluster(&mut out, cluster);
        }
        out.family("requests_refused_total", "counter", "Requests refused, by reason");
        let mut refused = BTreeMap::new();
        for (name, count) in Reason::names().zip(&self.refused.0) {
            *refused.entry(name).or_default() += count.get();
        }
        for (name, count) in refused as BTreeMap<&str, u64> {
            out.sample("requests_refused_total", &[("reason", name)], count);
        }
        out.family("connections_closed_total", "counter", "Connections closed by the collector, by reason");
        for (reason, name) in CloseReason::ALL {
            let count = self.closed[reason as usize].get();
            out.sample("connections_closed_total", &[("reason", name)], count);
        }
        out.text()
    }
}

/// What a collector sees of the cluster that it shares with others.
fn of_cluster(out: &mut Exposition, ClusterFigures { servers, blocks, sent_again, open }: &ClusterFigures) {
    out.family(
        "cluster_blocks_waiting",
        "gauge",
        "Blocks of the ingest log that the cluster was not seen to hold yet",
    );
    out.sample("cluster_blocks_waiting", &[], blocks);
    out.family("cluster_blocks_sent_again_total", "counter", "Parts of blocks that were sent again");
    out.sample("cluster_blocks_sent_again_total", &[], sent_again);
    out.family("cluster_open_days", "gauge", "Days that are not closed and have batches, all in memory");
    out.sample("cluster_open_days", &[], open.days);
    out.family("cluster_open_batches", "gauge", "Batches of these days");
    out.sample("cluster_open_batches", &[], open.batches);
    let mut of_servers = |name: &str, help: &str, value: &dyn Fn(&ServerHealth) -> Option<u64>| {
        out.family(name, "gauge", help);
        for server in servers {
            let Some(value) = value(server) else { continue };
            out.sample(name, &[("shard", &server.shard.to_string()), ("server", &server.name)], value);
        }
    };
    of_servers("cluster_server_used", "1 for each server of the cluster that is used, else 0", &|server| {
        Some(u64::from(server.problem.is_none()))
    });
    of_servers(
        "cluster_replica_lag_seconds",
        "By how much a server is behind the other replica of its shard, where it says so",
        &|server| server.delay,
    );
}
