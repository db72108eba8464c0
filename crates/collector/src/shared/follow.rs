//! Looking for what other collectors changed.

use std::sync::Arc;
use std::time::Duration;

use super::known::Shared;
use crate::manifests::Manifests;
use crate::paused::PausedItems;
use crate::tokens::TokenBook;

/// How often it is looked for what others changed.
const INTERVAL: Duration = Duration::from_secs(2);

/// Takes in what others change, for as long as this is polled. While the cluster is away, what is known stays in force.
pub(crate) async fn follow(
    shared: Arc<Shared>,
    manifests: Manifests,
    tokens: Arc<TokenBook>,
    paused: Arc<PausedItems>,
) {
    if !shared.has_others() {
        return;
    }
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_away = false;
    loop {
        tick.tick().await;
        let looking = {
            let shared = Arc::clone(&shared);
            let manifests = manifests.clone();
            let tokens = Arc::clone(&tokens);
            let paused = Arc::clone(&paused);
            tokio::task::spawn_blocking(move || shared.take_in(&manifests, &tokens, &paused))
        };
        match looking.await {
            Ok(Err(error)) if !is_away => {
                tracing::warn!(%error, "what other collectors changed is not known; what is known here stays in force");
                is_away = true;
            }
            Ok(Ok(())) => is_away = false,
            Ok(Err(_)) | Err(_) => {}
        }
    }
}
