//! `relay`: one child beside a program in any language, which reads on its standard input what the program does.
//!
//! ```text
//! bytes ─ lines ─ line ─ conversation ─ sink        pump: waits for bytes, deadlines and signals
//! ```
//!
//! The program never reads and never waits: what it cannot write it drops and counts. The relay ends with the pipe.

mod client;
mod conversation;
mod detached;
mod event;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod json;
mod line;
#[cfg(target_os = "linux")]
mod of_caller;
mod pump;
mod server;
mod sink;
mod verb;
mod wrong;

#[cfg(any(test, feature = "fuzzing"))]
pub use self::fuzzing::relay as fuzz;
#[cfg(target_os = "linux")]
pub(crate) use self::of_caller::end as end_of_caller;
pub(crate) use self::server::report_once;
pub(crate) use self::verb::{Options, run};
