//! One call of the host's program: its settings, and the command that was called.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::settings::Settings;
use crate::terminal::Typed;

/// What a command and the question after it need to know of the call.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) settings: Settings<'static>,
    /// The canonical path of the command, which the manifest need not declare.
    pub(crate) path: String,
    /// Whom a person must have typed to be asked.
    pub(crate) typed: Typed,
    /// Set when this process is asked to end: the question ends, and the terminal gets its modes back.
    pub(crate) ends: Arc<AtomicBool>,
}
