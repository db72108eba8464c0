//! One call of the host's program: its settings, the command that was called, and how people call the program.

use crate::settings::Settings;

/// What a command and the question after it need to know of the call.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) settings: Settings<'static>,
    /// The canonical path of the command, which the manifest need not declare.
    pub(crate) path: String,
    /// How people call the program.
    pub(crate) program: String,
}
