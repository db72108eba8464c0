//! `aboveboard figures`: what anybody does with published figures.

mod address;
mod checked_site;
mod directory;
mod exits;
mod keys;
mod remembered;
mod verb;
mod verify;

pub(crate) use checked_site::CheckedSite;
pub(crate) use exits::{EXIT_CODES, code};
pub(crate) use verb::{Verb, run};
