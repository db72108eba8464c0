//! The grammar of `telemetry.toml`: what a product may collect.
//!
//! [`parse`] reads a manifest strictly and tells every problem at once, each with its place, its reason and its
//! remedy. A [`Manifest`] becomes the [`Declaration`](aboveboard_core::declaration::Declaration) that agents and
//! the collector check against.
#![forbid(unsafe_code)]

mod commands;
mod date;
mod declare;
mod diff;
mod disclose;
mod embedded;
mod grammar;
mod hash;
mod json;
mod lint;
mod model;
mod problem;
mod reference;
mod rust;
mod schema;
mod types;
mod units;

pub use commands::CommandsDiff;
pub use date::Date;
pub use diff::{Change, Diff, Turn};
pub use disclose::{Means, Switch};
pub use embedded::{Found, inspect};
pub use grammar::{GRAMMAR, parse};
pub use model::{
    About, Action, Allowance, Chart, Cli, Consent, Console, Count, Event, Field, Manifest, Product, Server,
};
pub use problem::{Problem, Severity};
pub use reference::reference;
pub use schema::schema;
