//! `aboveboard figures`: what anybody does with published figures.

mod address;
mod directory;
mod exits;
mod keys;
mod remembered;
mod verb;
mod verify;

pub(crate) use verb::{Verb, run};
