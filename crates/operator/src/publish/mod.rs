//! `aboveboard publish`: what a maker does to publish figures. One file a verb.

mod adopt;
mod arguments;
mod audit;
mod check;
mod compose;
mod correct;
mod directory;
mod document;
mod history;
mod key;
mod log;
mod plan;
mod product;
mod rehearse;
mod run;
mod standing;
mod verb;
mod withdraw;
mod workplace;

#[cfg(feature = "demo")]
pub(crate) use rehearse::into as rehearse;
pub(crate) use verb::{Verb, run};
