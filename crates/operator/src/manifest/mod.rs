//! `aboveboard manifest`: what maintainers do with a manifest.

mod check;
mod commands;
mod diff;
mod file;
mod generate;
mod push;
mod seal;
mod verb;

pub(crate) use verb::{Verb, run};
