//! `aboveboard manifest`: what maintainers do with a manifest. One file a verb.

mod check;
mod commands;
mod diff;
mod disclose;
mod file;
mod push;
mod schema;
mod types;
mod verb;

pub(crate) use verb::{Verb, run};
