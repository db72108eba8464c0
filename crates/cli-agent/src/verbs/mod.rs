//! The verbs for users: `<program> telemetry <verb>`, and the same in the binary `aboveboard --manifest FILE`.
//!
//! Data goes to stdout, words to stderr. Exit codes:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; `status --check`: on; `doctor`: nothing found |
//! | 1 | it could not be done; stderr says why; `doctor`: something found; `published`: it does not fit |
//! | 2 | the command line was not understood |
//! | 3 | telemetry is off |
//! | 4 | `status --check`: local |
//! | 5 | `status --check`: undecided; `held`: the same, and nothing to ask with |
//! | 6 | nothing was lost, but a collector has not taken or told everything yet, or published figures cannot be fetched; try again later |

mod answering;
mod context;
mod delivering;
mod doctor;
mod document;
mod erasure;
mod export;
mod holders;
#[cfg(feature = "uploader")]
mod network;
mod output;
mod payload;
mod run;
mod status;
mod uninstall;
#[cfg(not(feature = "uploader"))]
mod without_network;
pub(crate) mod words;

#[cfg(not(feature = "uploader"))]
use without_network as network;

use output::{counted, ended, print, say};

pub use self::{
    context::{CALLED, Context},
    run::{deliver, run},
};
pub use aboveboard_command_line::{Exit, NAME, command, verbs};

pub(crate) use self::run::exit_of;
