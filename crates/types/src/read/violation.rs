//! Why something that was read is refused.

use std::fmt;

/// Why one event is refused; the rest of its batch is not touched by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// No event of this name is declared.
    UnknownEvent,
    /// The event is declared for another component.
    WrongComponent,
    /// A key is missing or does not belong to this kind of event.
    WrongShape,
    /// The command is not declared.
    UnknownCommand,
    /// The action is not declared.
    UnknownAction,
    /// The route is not declared.
    UnknownRoute,
    /// The count is not declared, or not with this split.
    UnknownCount,
    /// The timing is not declared, or not with these kinds.
    UnknownTiming,
    /// The field is not declared for this event.
    UnknownField,
    /// The field's value is none that its type allows.
    WrongValue,
    /// The event is recorded by a part of the installations, and this is none of them.
    WrongShare,
}

impl Violation {
    /// The spelling in a receipt.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownEvent => "unknown-event",
            Self::WrongComponent => "wrong-component",
            Self::WrongShape => "wrong-shape",
            Self::UnknownCommand => "unknown-command",
            Self::UnknownAction => "unknown-action",
            Self::UnknownRoute => "unknown-route",
            Self::UnknownCount => "unknown-count",
            Self::UnknownTiming => "unknown-timing",
            Self::UnknownField => "unknown-field",
            Self::WrongValue => "wrong-value",
            Self::WrongShare => "wrong-share",
        }
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
