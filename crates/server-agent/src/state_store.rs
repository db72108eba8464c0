//! What makes a server one installation, kept where the server keeps its data.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aboveboard_core::event::Seconds;
use aboveboard_core::identity::new_secret;

/// Longest time that the host's store may take for one answer. What it has not done by then is tried another time.
const LIMIT: Duration = Duration::from_secs(5);

/// How often it is asked again where others change what it keeps at the same moment.
const ROUNDS: usize = 4;

/// The installation's secret: whoever reads it can have the installation's data erased.
const SECRET: &str = "secret";

/// The time of the last report.
const REPORT: &str = "report";

/// That the notice was shown, and when first.
const SHOWN: &str = "shown";

/// Why the host could not load or swap. Nobody looks at it: it is tried again.
pub type StateStoreError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a few short texts by name where the server keeps its data: in a table of its database, in a configuration
/// store. All servers that share a state store are one installation, with one id, and report once between them.
///
/// Names are short and lower-case, texts one line of printable ASCII below 16 KiB. The agent calls both methods from
/// its own task, waits five seconds at most, and takes a failure or a panic for no answer; an implementation must not
/// block the thread it is polled on (`spawn_blocking` runs what does). As long as the store has not answered, nothing
/// is recorded. A no that deletes deletes what is kept too.
///
/// The secret is as worth protecting as the data beside it: it proves an erasure, and nothing else.
pub trait StateStore: Send + Sync + 'static {
    /// The text under this name; `None` if there is none.
    ///
    /// # Errors
    /// Whatever kept the host from looking.
    fn load(
        &self,
        name: &'static str,
    ) -> impl Future<Output = Result<Option<String>, StateStoreError>> + Send;

    /// Puts `after` in the place of `before`, in one step that others see whole or not at all; `None` stands for no
    /// text. False, and nothing changed, where something else than `before` is there.
    ///
    /// # Errors
    /// Whatever kept the host from doing it.
    fn swap(
        &self,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> impl Future<Output = Result<bool, StateStoreError>> + Send;
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StateStoreError>> + Send>>;

/// A state store of any type.
trait DynStateStore: Send + Sync {
    fn load(self: Arc<Self>, name: &'static str) -> Answer<Option<String>>;
    fn swap(
        self: Arc<Self>,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> Answer<bool>;
}

impl<K: StateStore> DynStateStore for K {
    fn load(self: Arc<Self>, name: &'static str) -> Answer<Option<String>> {
        Box::pin(async move { StateStore::load(&*self, name).await })
    }

    fn swap(
        self: Arc<Self>,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> Answer<bool> {
        Box::pin(async move { StateStore::swap(&*self, name, before, after).await })
    }
}

/// What the host keeps, as the worker asks for it. Every answer is `None` where the store gave none.
#[derive(Clone)]
pub(crate) struct Kept(Arc<dyn DynStateStore>);

/// The last report, as it is kept.
pub(crate) struct Reported {
    text: Option<String>,
}

impl Reported {
    /// When; `None` if there was none, or its time cannot be read.
    pub(crate) fn at(&self) -> Option<Seconds> {
        self.text.as_ref()?.parse().ok()
    }
}

impl Kept {
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
        for _ in 0..ROUNDS {
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

    async fn remove(&self, name: &'static str) -> Option<()> {
        for _ in 0..ROUNDS {
            let Some(text) = self.load(name).await? else { return Some(()) };
            if self.swap(name, Some(text), None).await? {
                return Some(());
            }
        }
        None
    }

    pub(crate) async fn last_report(&self) -> Option<Reported> {
        self.load(REPORT).await.map(|text| Reported { text })
    }

    /// Takes the turn to report now: true for one of all that saw the same last report.
    pub(crate) async fn take_turn(&self, seen: Reported, now: Seconds) -> bool {
        self.swap(REPORT, seen.text, Some(now.to_string())).await == Some(true)
    }

    /// Lets this server and the others agree on when the notice was first shown. `mine` is told what is kept, and
    /// gives what is to be kept instead, if anything.
    pub(crate) async fn agree_on_notice(&self, mine: impl FnOnce(Option<&str>) -> Option<String>) {
        let Some(kept) = self.load(SHOWN).await else { return };
        if let Some(line) = mine(kept.as_deref()) {
            let line = line.trim_end().to_owned();
            // Where somebody was quicker, there is another turn.
            let _ = self.swap(SHOWN, kept, Some(line)).await;
        }
    }
}

/// Runs what the host does where neither its time nor its panic can hurt.
async fn bounded<T: Send + 'static>(work: Answer<T>) -> Option<T> {
    let mut task = tokio::spawn(work);
    match tokio::time::timeout(LIMIT, &mut task).await {
        Ok(done) => done.ok()?.ok(),
        Err(_) => {
            task.abort();
            None
        }
    }
}
