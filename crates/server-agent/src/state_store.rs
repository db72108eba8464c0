//! The host's state store: what makes several servers one installation, kept where they keep their data.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aboveboard_core::identity::new_secret;
use aboveboard_types::event::Seconds;
use aboveboard_types::typed::{StateStore, StateStoreError};

use crate::clock;
use crate::limits::{MAX_STATE_STORE_ATTEMPTS, MAX_STATE_STORE_TIME};

/// The name of the installation's secret, which proves an erasure.
const SECRET: &str = "secret";

/// The name of the time of the last report.
const REPORT: &str = "report";

/// The name of the line that says when the notice was first shown.
const SHOWN: &str = "shown";

/// A call of the host's, its types erased.
type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, StateStoreError>> + Send>>;

/// A state store of any type.
trait DynStateStore: Send + Sync {
    fn load(self: Arc<Self>, name: &'static str) -> BoxFuture<Option<String>>;
    fn swap(
        self: Arc<Self>,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> BoxFuture<bool>;
}

impl<K: StateStore> DynStateStore for K {
    fn load(self: Arc<Self>, name: &'static str) -> BoxFuture<Option<String>> {
        Box::pin(async move { StateStore::load(&*self, name).await })
    }

    fn swap(
        self: Arc<Self>,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> BoxFuture<bool> {
        Box::pin(async move { StateStore::swap(&*self, name, before, after).await })
    }
}

/// The host's state store, as the worker asks it. Every method returns `None` where the store did not answer.
#[derive(Clone)]
pub(crate) struct SharedState(Arc<dyn DynStateStore>);

impl SharedState {
    pub(crate) fn new(store: impl StateStore) -> Self {
        Self(Arc::new(store))
    }

    async fn load(&self, name: &'static str) -> Option<Option<String>> {
        bounded(Arc::clone(&self.0).load(name)).await
    }

    async fn swap(&self, name: &'static str, before: Option<String>, after: Option<String>) -> Option<bool> {
        bounded(Arc::clone(&self.0).swap(name, before, after)).await
    }

    /// The installation's secret, made if there is none. Of several servers that ask at once, all get the same.
    pub(crate) async fn secret(&self) -> Option<String> {
        for _ in 0..MAX_STATE_STORE_ATTEMPTS {
            if let Some(secret) = self.load(SECRET).await? {
                return Some(secret);
            }
            let secret = new_secret()?;
            if self.swap(SECRET, None, Some(secret.clone())).await? {
                return Some(secret);
            }
        }
        None
    }

    /// Deletes secret and last report. False if it must be tried again.
    pub(crate) async fn forget(&self) -> bool {
        self.remove(SECRET).await.is_some() && self.remove(REPORT).await.is_some()
    }

    /// Deletes a text, whatever it is by now.
    async fn remove(&self, name: &'static str) -> Option<()> {
        for _ in 0..MAX_STATE_STORE_ATTEMPTS {
            let Some(text) = self.load(name).await? else { return Some(()) };
            if self.swap(name, Some(text), None).await? {
                return Some(());
            }
        }
        None
    }

    /// When the last report was made by any server that shares the store: seconds since 1970 as text, nothing where there
    /// was none.
    pub(crate) async fn last_report(&self) -> Option<Option<String>> {
        self.load(REPORT).await
    }

    /// Takes the turn to report now: true for exactly one of all servers that saw the same last report.
    pub(crate) async fn take_turn(&self, last: Option<String>, now: Seconds) -> bool {
        self.swap(REPORT, last, Some(now.to_string())).await == Some(true)
    }

    /// Lets this server and the others agree on when the notice was first shown. `agree` gets what the store holds, and
    /// returns what it should hold instead, if anything.
    pub(crate) async fn agree_on_notice(&self, agree: impl FnOnce(Option<&str>) -> Option<String>) {
        let Some(shared) = self.load(SHOWN).await else { return };
        if let Some(line) = agree(shared.as_deref()) {
            let line = line.trim_end().to_owned();
            // Where another server was quicker, the next turn agrees with what that one wrote.
            let _ = self.swap(SHOWN, shared, Some(line)).await;
        }
    }
}

/// Runs the host's code in a task of its own, where neither its time nor its panic hurts the agent.
async fn bounded<T: Send + 'static>(work: BoxFuture<T>) -> Option<T> {
    let mut task = tokio::spawn(work);
    match clock::within(MAX_STATE_STORE_TIME, &mut task).await {
        Some(done) => done.ok()?.ok(),
        None => {
            task.abort();
            None
        }
    }
}
