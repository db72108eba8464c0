//! What the routes of the page share.

use std::sync::Arc;

use aboveboard_store::read::StoreReader;
use tokio::sync::broadcast;

use crate::clock::ClockGuard;
use crate::live::Live;
use crate::manifests::Manifests;
use crate::paused::PausedItems;

#[derive(Clone)]
pub(crate) struct PageState {
    pub(crate) reader: Arc<dyn StoreReader>,
    pub(crate) live: broadcast::WeakSender<Live>,
    pub(crate) manifests: Manifests,
    /// What is wrong with how the collector is run, for its operator.
    pub(crate) warning: Option<&'static str>,
    /// Seconds since 1970 UTC.
    pub(crate) now: fn() -> i64,
    /// Whether the clock is believed.
    pub(crate) clock: Arc<ClockGuard>,
    /// What is not collected for now.
    pub(crate) paused: Arc<PausedItems>,
}
