//! Why something that was read is refused.

use std::fmt;

crate::spelled! {
    /// Why one event is refused; the rest of its batch is not touched by it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Violation {
        /// No event of this name is declared.
        UnknownEvent = "unknown-event",
        /// The event is declared for another component.
        WrongComponent = "wrong-component",
        /// A key is missing or does not belong to this kind of event.
        WrongShape = "wrong-shape",
        /// The command is not declared.
        UnknownCommand = "unknown-command",
        /// The action is not declared.
        UnknownAction = "unknown-action",
        /// The route is not declared.
        UnknownRoute = "unknown-route",
        /// The count is not declared, or not with this split.
        UnknownCount = "unknown-count",
        /// The timing is not declared, or not with these kinds.
        UnknownTiming = "unknown-timing",
        /// The field is not declared for this event.
        UnknownField = "unknown-field",
        /// The field's value is none that its type allows.
        WrongValue = "wrong-value",
        /// The event is recorded by a part of the installations, and this is none of them.
        WrongShare = "wrong-share",
    }
}

/// Why a whole batch is refused. The text names the key, never a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}
