//! What a server may do, for developers.

use aboveboard_delivery::server::{Silence, State};
use aboveboard_types::clock::stamp;

/// What a server may do, and why.
pub(super) fn words(state: &State) -> String {
    match state {
        State::Recording(recording) => {
            format!("telemetry is {}, by {}", recording.mode.name(), recording.because.name())
        }
        State::Silent(Silence::Off(source)) => format!("telemetry is off, by {}", source.name()),
        State::Silent(Silence::Undecided(source)) => format!("telemetry is undecided, by {}", source.name()),
        State::Silent(Silence::FirstDelay(opens_at)) => {
            format!("nothing is recorded before {}, when the first delay is over", stamp(*opens_at))
        }
        State::Silent(Silence::NoId) => "nothing is recorded: the directory takes no state".to_owned(),
    }
}
