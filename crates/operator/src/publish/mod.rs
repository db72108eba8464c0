//! `aboveboard publish`: what a maker does to publish figures. One file a verb.

mod arguments;
mod check;
mod compose;
mod directory;
mod document;
mod key;
mod log;
mod product;
mod rehearse;
mod verb;

#[cfg(feature = "demo")]
pub(crate) use rehearse::into as rehearse;
pub(crate) use verb::{Verb, run};
