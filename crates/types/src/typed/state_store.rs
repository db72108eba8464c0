//! The store that a server lends its agent.

use std::future::Future;

/// Why the host could not load or swap. The agent does not look at it and tries again later.
pub type StateStoreError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a few short texts by name where the server keeps its data: in a table of its database, in a configuration
/// store. All servers that share a state store are one installation, with one id, and report once between them.
///
/// Names are short and lower-case; a text is one line of printable ASCII below 16 KiB. The agent calls both methods from
/// its own task, waits five seconds at most, and treats a failure or a panic as no answer. An implementation must not
/// block the thread it is polled on; `spawn_blocking` runs what does. As long as the store has not answered, nothing is
/// recorded. An opt-out that deletes also deletes what is kept here.
///
/// Protect the secret as well as the data beside it: it proves an erasure, and nothing else.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
/// use aboveboard_types::typed::{StateStore, StateStoreError};
///
/// /// Keeps the texts in memory; a real store has a table with two columns.
/// struct Texts(Mutex<BTreeMap<&'static str, String>>);
///
/// impl StateStore for Texts {
///     async fn load(&self, name: &'static str) -> Result<Option<String>, StateStoreError> {
///         let texts = self.0.lock().map_err(|_| "a panic elsewhere")?;
///         Ok(texts.get(name).cloned())
///     }
///
///     async fn swap(
///         &self,
///         name: &'static str,
///         before: Option<String>,
///         after: Option<String>,
///     ) -> Result<bool, StateStoreError> {
///         let mut texts = self.0.lock().map_err(|_| "a panic elsewhere")?;
///         if texts.get(name) != before.as_ref() {
///             return Ok(false);
///         }
///         match after {
///             Some(after) => texts.insert(name, after),
///             None => texts.remove(name),
///         };
///         Ok(true)
///     }
/// }
/// ```
pub trait StateStore: Send + Sync + 'static {
    /// The text under this name; `None` if there is none.
    ///
    /// # Errors
    /// Any failure of the host's to look.
    fn load(
        &self,
        name: &'static str,
    ) -> impl Future<Output = Result<Option<String>, StateStoreError>> + Send;

    /// Replaces `before` by `after` in one atomic step; `None` stands for no text. Returns false, and changes nothing,
    /// if something other than `before` is there.
    ///
    /// # Errors
    /// Any failure of the host's to do it.
    fn swap(
        &self,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> impl Future<Output = Result<bool, StateStoreError>> + Send;
}
