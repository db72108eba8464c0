//! What is shared, how it is named, and which of several texts stands.

use std::sync::{Arc, Mutex};

use aboveboard_replay::Backend;
use aboveboard_store::StoreError;
use aboveboard_store::in_force::ManifestRevision;

use super::documents::{Documents, JournalMark, Texts};
use crate::lock::lock;
use crate::manifests::{Manifests, ManifestsError};
use crate::names::is_product_id;
use crate::paused::{Item, PausedError, PausedItems};
use crate::tokens::{StoredToken, TokenBook, TokenChange, TokensError};

/// What the names of the documents begin with.
pub(super) const MANIFEST: &str = "manifest/";
pub(super) const TOKEN: &str = "token/";
pub(super) const PAUSED: &str = "paused/";

/// The text of a document whose token opens nothing any more, or whose item is not paused any more.
const ENDED: &str = "";

/// Where manifests, tokens and paused items are changed: for this collector, or for all of a cluster.
#[derive(Debug)]
pub(crate) struct Shared {
    documents: Option<Documents>,
    /// Held from reading what is shared to keeping it here, so that nothing older is kept after something newer.
    keeping: Mutex<Option<JournalMark>>,
}

impl Shared {
    /// Of a collector of a cluster; none is told where there is no cluster.
    pub(crate) fn new(cluster: Option<Arc<dyn Backend>>) -> Self {
        Self { documents: cluster.map(Documents::new), keeping: Mutex::default() }
    }

    /// Whether there may be other collectors.
    pub(crate) fn has_others(&self) -> bool {
        self.documents.is_some()
    }

    /// Takes in the text of a manifest of `product`. Of several texts of one revision the first in the order stands.
    pub(crate) fn push(
        &self,
        manifests: &Manifests,
        product: &str,
        text: &str,
        now: i64,
    ) -> Result<Arc<ManifestRevision>, ManifestsError> {
        let Some(documents) = &self.documents else { return manifests.push(product, text) };
        let pushed = manifests.check(product, text)?;
        let revision = pushed.declaration.revision;
        let name = format!("{MANIFEST}{product}/{revision}");
        let _keeping = lock(&self.keeping);
        let first = || -> Result<Option<String>, ManifestsError> {
            let texts = documents.read().map_err(ManifestsError::NotShared)?;
            Ok(texts.get(&name).and_then(|texts| texts.first()).map(|(_, text)| text.clone()))
        };
        let mut stands = first()?;
        if stands.is_none() {
            documents.write_first(&name, text, now).map_err(ManifestsError::NotShared)?;
            // Somebody else may have written one meanwhile, before this one in the order.
            stands = first()?;
        }
        if let Some(stands) = stands
            && stands != text
        {
            manifests.adopt(product, revision, &stands)?;
            if manifests.check(product, text).is_err() {
                return Err(ManifestsError::Conflict { product: product.to_owned(), revision });
            }
        }
        manifests.push(product, text)
    }

    /// Makes a change of the tokens, for all collectors. Returns the token that it made, which is shown this once.
    pub(crate) fn change_token(
        &self,
        tokens: &TokenBook,
        change: &TokenChange,
        now: i64,
    ) -> Result<Option<String>, TokensError> {
        let Some(documents) = &self.documents else { return tokens.apply(change, now, &|_, _| Ok(())) };
        let _keeping = lock(&self.keeping);
        // What another collector did since this one looked.
        let texts = documents.read().map_err(TokensError::NotShared)?;
        tokens.take_in(tokens_of(&texts))?;
        tokens.apply(change, now, &|name, token| {
            let text = token.map_or(Ok(ENDED.to_owned()), serde_json::to_string);
            let text = text.map_err(|_| TokensError::BadName)?;
            documents.write_last(&format!("{TOKEN}{name}"), &text, now).map_err(TokensError::NotShared)
        })
    }

    /// Pauses an item of a product, for all collectors.
    pub(crate) fn pause(
        &self,
        paused: &PausedItems,
        product: &str,
        item: Item,
        now: i64,
    ) -> Result<(), PausedError> {
        let _keeping = lock(&self.keeping);
        self.take_in_paused(paused)?;
        paused.pause(product, item, now, &|item, since| self.share_item(product, item, since, now))
    }

    /// Resumes an item of a product, for all collectors.
    pub(crate) fn resume(
        &self,
        paused: &PausedItems,
        product: &str,
        name: &str,
        now: i64,
    ) -> Result<Item, PausedError> {
        let _keeping = lock(&self.keeping);
        self.take_in_paused(paused)?;
        paused.resume(product, name, &|item, since| self.share_item(product, item, since, now))
    }

    fn take_in_paused(&self, paused: &PausedItems) -> Result<(), PausedError> {
        let Some(documents) = &self.documents else { return Ok(()) };
        let texts = documents.read().map_err(PausedError::NotShared)?;
        paused.take_in(paused_of(&texts))
    }

    fn share_item(
        &self,
        product: &str,
        item: &Item,
        since: Option<i64>,
        now: i64,
    ) -> Result<(), PausedError> {
        let Some(documents) = &self.documents else { return Ok(()) };
        let text = since.map_or(ENDED.to_owned(), |since| since.to_string());
        let written = documents.write_last(&format!("{PAUSED}{product}/{item}"), &text, now);
        written.map_err(PausedError::NotShared)
    }

    /// Keeps here what others changed since this was last called. What cannot be kept is said, and tried again.
    ///
    /// # Errors
    /// Where the cluster cannot be asked.
    pub(crate) fn take_in(
        &self,
        manifests: &Manifests,
        tokens: &TokenBook,
        paused: &PausedItems,
    ) -> Result<(), StoreError> {
        let Some(documents) = &self.documents else { return Ok(()) };
        let mut known = lock(&self.keeping);
        let Some(texts) = documents.read_new(&mut known)? else { return Ok(()) };
        let mut is_kept = true;
        let mut keep = |what: &str, kept: Result<(), String>| {
            if let Err(error) = kept {
                tracing::error!(error, "{what} of the other collectors cannot be kept here; trying again");
                is_kept = false;
            }
        };
        for (product, revision, text) in manifests_of(&texts) {
            let adopted = manifests.adopt(product, revision, text);
            if matches!(adopted, Ok(true)) {
                tracing::info!(product, revision, "a manifest was pushed to another collector");
            }
            keep("a manifest", adopted.map(drop).map_err(|error| error.to_string()));
        }
        keep("tokens", tokens.take_in(tokens_of(&texts)).map_err(|error| error.to_string()));
        keep("paused items", paused.take_in(paused_of(&texts)).map_err(|error| error.to_string()));
        if !is_kept {
            *known = None;
        }
        Ok(())
    }
}

/// The revisions of manifests, with the text that stands of each.
fn manifests_of(texts: &Texts) -> impl Iterator<Item = (&str, u32, &str)> {
    texts.iter().filter_map(|(name, texts)| {
        let (product, revision) = name.strip_prefix(MANIFEST)?.split_once('/')?;
        let (_, text) = texts.first()?;
        // What becomes the name of a file.
        is_product_id(product).then_some((product, revision.parse().ok()?, text.as_str()))
    })
}

/// The tokens, with what became of each.
fn tokens_of(texts: &Texts) -> impl Iterator<Item = (String, Option<StoredToken>)> {
    texts.iter().filter_map(|(name, texts)| {
        let name = name.strip_prefix(TOKEN)?;
        let (_, text) = texts.last()?;
        let token: Option<StoredToken> = match text.as_str() {
            ENDED => None,
            // One that does not read opens nothing.
            text => serde_json::from_str(text).ok(),
        };
        Some((name.to_owned(), token.filter(|token| token.name == name && token.cookie_until.is_none())))
    })
}

/// The items that were ever paused, with since when each is.
fn paused_of(texts: &Texts) -> impl Iterator<Item = (String, Item, Option<i64>)> {
    texts.iter().filter_map(|(name, texts)| {
        let (product, item) = name.strip_prefix(PAUSED)?.split_once('/')?;
        let (_, text) = texts.last()?;
        Some((product.to_owned(), Item::parse(item)?, text.parse().ok()))
    })
}
