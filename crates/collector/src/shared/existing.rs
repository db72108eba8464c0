//! What a collector had before it came into a cluster, as documents for the others.

use aboveboard_replay::JournalEntry;
use aboveboard_store::in_force::ManifestsInForce;

use super::known::{MANIFEST, PAUSED, TOKEN};
use crate::paused::PausedItem;
use crate::tokens::StoredToken;

/// The documents that say what one collector has.
pub(crate) fn existing(
    manifests: &ManifestsInForce,
    tokens: &[StoredToken],
    paused: &[PausedItem],
) -> Vec<JournalEntry> {
    let document = |name: String, text: String| JournalEntry::Document { name, text };
    let mut all = Vec::new();
    for product in manifests.products() {
        for (revision, known) in manifests.revisions(product).into_iter().flatten() {
            let text = known.manifest.text().to_owned();
            all.push(document(format!("{MANIFEST}{product}/{revision}"), text));
        }
    }
    // Cookies are of one collector.
    for token in tokens.iter().filter(|token| token.cookie_until.is_none()) {
        if let Ok(text) = serde_json::to_string(token) {
            all.push(document(format!("{TOKEN}{}", token.name), text));
        }
    }
    for PausedItem { product, item, since, .. } in paused {
        all.push(document(format!("{PAUSED}{product}/{item}"), since.to_string()));
    }
    all
}
