//! Why something was not recorded, in words.

use aboveboard_types::outcome::{DropReason, Unrecorded};

/// The words, which follow *not recorded:*.
pub(crate) fn words(why: Unrecorded) -> &'static str {
    match why {
        Unrecorded::Off => "telemetry is off",
        Unrecorded::Undecided => "nobody has decided yet",
        Unrecorded::FirstDelay => "the notice was shown, and the first delay is not over",
        Unrecorded::ServerOff => "the server has telemetry off",
        Unrecorded::Unasked => {
            "it, or that figures of it are published, is new in the manifest, and nobody was asked about it yet"
        }
        Unrecorded::OutOfShare => {
            "the manifest has a share of the installations record it, and this is none of them"
        }
        Unrecorded::RecordedToday => "the manifest has it recorded once a day, and it was, today",
        Unrecorded::Dropped(DropReason::Undeclared) => "the manifest does not declare it",
        Unrecorded::Dropped(DropReason::Expired) => "its date in the manifest has passed",
        Unrecorded::Dropped(DropReason::WriteFailed) => "it could not be written",
        _ => "it was dropped",
    }
}
