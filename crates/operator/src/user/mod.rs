//! The user's verbs for a product that is named by its manifest: `aboveboard --manifest FILE status`.
//!
//! They are the CLI agent's own, mounted here for programs that cannot mount them themselves.

mod config;
mod host_arguments;
mod product;
mod verb;

pub(crate) use host_arguments::HostArguments;
pub(crate) use product::{deliver_if_called, load};
pub(crate) use verb::{Verb, run};
