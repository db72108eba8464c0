//! What may be wrong with a line, in words that never repeat anything of it.

use std::fmt;

use aboveboard_types::outcome::{DropReason, Unrecorded};

use crate::lines::MAX_LINE_BYTES;
use crate::unrecorded::words;

/// The version of the protocol.
pub(super) const VERSION: u64 = 1;

/// Why a line is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    TooLong,
    NotText,
    NotJson,
    /// The first line does not say the version. Nothing after it is read.
    Version,
    /// It came after a first line that did not say the version.
    Unread,
    /// An unknown or missing key, a key twice, or a value of the wrong type.
    Unknown,
    Event,
    Field,
    Value,
    Command,
    /// Another run has this number.
    Open,
    TooManyOpen,
    NotOpen,
    /// A count, an entry or a number that the manifest does not declare.
    Count,
    /// A timing, a kind or a part that the manifest does not declare, or a time longer than any request.
    Timing,
    /// A client has no use for it.
    OfServer,
    /// A server has no use for it.
    OfClient,
    /// As the recorder says, which counted it if it is a drop.
    Unrecorded(Unrecorded),
}

impl Wrong {
    /// As what it is to be counted; `None` where it is no event, or was counted.
    pub(super) fn reason(self) -> Option<DropReason> {
        match self {
            Self::TooLong | Self::NotText | Self::NotJson => Some(DropReason::Damaged),
            Self::Unread
            | Self::Unknown
            | Self::Event
            | Self::Field
            | Self::Value
            | Self::Count
            | Self::Timing
            | Self::OfServer
            | Self::OfClient => Some(DropReason::Undeclared),
            Self::Version
            | Self::Command
            | Self::Open
            | Self::TooManyOpen
            | Self::NotOpen
            | Self::Unrecorded(_) => None,
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => return write!(f, "longer than {MAX_LINE_BYTES} bytes"),
            Self::Version => {
                return write!(f, "not {{\"relay\":{VERSION}}}, so nothing that follows is read");
            }
            Self::Unrecorded(why) => return write!(f, "not recorded: {}", words(*why)),
            _ => {}
        }
        f.write_str(match self {
            Self::NotText => "not UTF-8",
            Self::NotJson => "not a JSON object",
            Self::Unread => "not read",
            Self::Event => "not an event of this manifest",
            Self::Field => "not a field of this event",
            Self::Value => "not a value that the field may hold",
            Self::Command => "not a command of this manifest",
            Self::Open => "a run of this number is open",
            Self::TooManyOpen => "too many runs are open",
            Self::NotOpen => "no run of this number is open",
            Self::Count => "not what this manifest counts",
            Self::Timing => "not what this manifest measures",
            Self::OfServer => "only for a relay with --server",
            Self::OfClient => "only for a relay without --server",
            _ => "not a line of this protocol",
        })
    }
}
