//! The grammar of `telemetry.toml`: what a product may collect.
//!
//! [`parse`] reads a manifest strictly and tells every problem at once, each with its place, its reason and its
//! remedy. A [`Manifest`] becomes the [`Declaration`](aboveboard_types::declaration::Declaration) that agents and
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
mod json_schema;
mod lint;
mod model;
mod problem;
mod reference;
mod rust;
mod spelling;
mod types;
mod units;

pub use commands::CommandsDiff;
pub use date::Date;
pub use diff::{Change, ChangeKind, Diff};
pub use disclose::{Switch, SwitchKind};
pub use embedded::{EmbeddedManifest, inspect};
pub use grammar::{GRAMMAR, parse};
pub use json_schema::schema;
pub use model::{
    Action, Allowance, Chart, Cli, Consent, Console, Count, Event, Field, ItemInfo, Manifest, Product, Server,
};
pub use problem::{Problem, Severity};
pub use reference::reference;
pub use units::milliseconds;
