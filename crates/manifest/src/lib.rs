//! The grammar of `telemetry.toml`: what a product may collect.
//!
//! [`parse`] reads a manifest strictly and reports every problem at once, each with its place, its reason and its
//! remedy. From a [`Manifest`] comes everything else:
//!
//! - [`Manifest::declaration`]: the data that agents and the collector check against,
//! - [`Manifest::rust`] and [`Manifest::types`]: the typed API for Rust and for other languages,
//! - [`Manifest::disclosure_markdown`]: the page that tells users what is collected and how to turn it off,
//! - [`Manifest::seal`]: the form in which programs in other languages carry it, which [`read`] reads at run time,
//! - [`Manifest::lints`], [`Manifest::expired`] and [`Manifest::diff`]: what a review asks about.
//!
//! # Example
//!
//! ```
//! let text = r#"
//! grammar = 1
//! [product]
//! id = "quarry"
//! name = "Quarry"
//! revision = 1
//! endpoint = "https://telemetry.quarry.example"
//! ingest-key = "qk_pub_quarry"
//! controller = "The Quarry project, Berlin"
//! contact = "privacy@quarry.example"
//! hosting = "DE"
//! retention = "13 months"
//! [consent]
//! cli = "ask"
//! [cli]
//! why = "Which commands are used, and which of them fail?"
//! chart = "table"
//! owner = "team@quarry.example"
//! since = 2026-11-22
//! commands = ["init", "metadata apply"]
//! "#;
//! let manifest = aboveboard_manifest::parse(text, "telemetry.toml").expect("a sound manifest");
//! assert!(manifest.lints().is_empty());
//! assert_eq!(manifest.declaration().commands.len(), 2);
//! assert!(manifest.disclosure_markdown().contains("quarry telemetry off"));
//!
//! // What is wrong is reported with its line and its remedy.
//! let problems = aboveboard_manifest::parse(&text.replace("\"DE\"", "\"Germany\""), "telemetry.toml").unwrap_err();
//! assert_eq!(problems[0].line, 11);
//! assert_eq!(problems[0].remedy, "write `hosting = \"DE\"`");
//! ```
#![forbid(unsafe_code)]

mod commands;
mod date;
mod declare;
mod diff;
mod disclose;
mod embedded;
mod funnel;
mod grammar;
mod json;
mod json_schema;
mod lint;
mod markers;
mod model;
mod names;
mod problem;
mod publish;
mod read;
mod reference;
mod release_line;
mod rust;
mod sealed;
mod spelling;
mod types;
mod units;
mod was;

pub(crate) use model::{Setting, Settings};

pub use commands::CommandsDiff;
pub use date::Date;
pub use diff::{Change, ChangeKind, Diff, RenameHint};
pub use disclose::{Switch, SwitchKind};
pub use embedded::{EmbeddedManifest, inspect};
pub use grammar::{DEFAULT_RATE, GRAMMAR, parse};
pub use json_schema::schema;
pub use markers::MAX_MANIFEST_BYTES;
pub use model::{
    Action, Allowance, ByComponent, Chart, Cli, Consent, Console, Count, Event, Field, Funnel, ItemInfo,
    Licence, Manifest, Product, Publish, PublishEvery, PublishTable, Server, StepItem, Timing,
};
pub use problem::{Problem, Severity};
pub use publish::{MAX_ONES_OF_LIST, MAX_PUBLISHED_CODES, NoPublishTable};
pub use read::{ReadError, read};
pub use reference::reference;
pub use release_line::{NoReleaseLine, ReleaseLine};
pub use sealed::{MAX_SEALED_BYTES, SealError, is_meant_as_sealed};
pub use types::Language;
pub use units::milliseconds;
pub use was::{Rename, RenamedItem};
