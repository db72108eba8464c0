//! What the routes of the page share.

use std::sync::Arc;

use aboveboard_store::read::StoreReader;
use tokio::sync::{Semaphore, broadcast};

use super::gauges::Gauges;
use crate::clock::ClockGuard;
use crate::live::Live;
use crate::manifests::Manifests;
use crate::outages::Outages;
use crate::paused::PausedItems;
use crate::refusals::Refusals;

/// Questions that are answered at once: each has a thread and may take some tens of mebibytes.
pub(crate) const MAX_QUESTIONS: usize = 4;

/// Questions that wait for their turn; with more the answer is to come again.
pub(crate) const MAX_WAITING: usize = 64;

#[derive(Clone)]
pub(crate) struct PageState {
    /// One permit for each question that may be answered at once.
    pub(crate) questions: Arc<Semaphore>,
    /// One permit for each question that is answered or waits for its turn.
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) reader: Arc<dyn StoreReader>,
    pub(crate) live: broadcast::WeakSender<Live>,
    pub(crate) manifests: Manifests,
    /// What is wrong with how the collector is run, for its operator.
    pub(crate) warning: Option<&'static str>,
    /// Whether other collectors take in batches too: then what this one alone saw is said to be so.
    pub(crate) is_one_of_several: bool,
    /// Seconds since 1970 UTC.
    pub(crate) now: fn() -> i64,
    /// Whether the clock is believed.
    pub(crate) clock: Arc<ClockGuard>,
    /// What is not collected for now.
    pub(crate) paused: Arc<PausedItems>,
    /// What was refused lately.
    pub(crate) refusals: Arc<Refusals>,
    /// The products that are no longer collected.
    pub(crate) closed: Arc<[String]>,
    /// When the collector did not run.
    pub(crate) outages: Arc<Outages>,
    /// What Prometheus was told of each product.
    pub(crate) gauges: Arc<tokio::sync::Mutex<Gauges>>,
}
