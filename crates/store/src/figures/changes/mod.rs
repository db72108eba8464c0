//! What changed: the few findings that a maintainer would want to hear of in the morning, each beyond what chance explains.

mod find;
mod finding;
mod history;
#[cfg(test)]
mod simulation;

pub(super) use find::find;
pub use finding::{Change, Changes, Finding, Since, Tone};
pub(super) use history::History;
