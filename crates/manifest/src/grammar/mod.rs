//! The grammar: what a manifest may say, and the strict way from its text to the model.

pub(crate) mod definition;
mod diagnostics;
mod entries;
mod events;
pub(crate) mod explain;
mod funnels;
mod item_info;
mod items;
pub(crate) mod limits;
pub(crate) mod name;
mod names_that_changed;
mod parse;
mod product;
mod publish;
mod rules;
mod surfaces;
mod table;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
mod value;
mod verifier_key;

use definition::{Asks, FIELD_TYPES, KeyDefinition, Presence, Spelling, TableDefinition, ValueType};
use diagnostics::{Diagnostics, Span};
use explain::{
    CLOSED_LIST, example, expected, listed, missing_key, not_a_name, too_many, unknown_key, wrong_type,
};
use limits::{
    MAX_CELLS, MAX_COUNTS, MAX_EDGES, MAX_EVENTS, MAX_FIELDS, MAX_FUNNELS, MAX_LIST, MAX_NUMBER,
    MAX_OLD_NAMES, MAX_PUBLISH_TABLES, MAX_RATE, MAX_SPLITS, MAX_STEPS, MAX_SURFACE, MAX_TIMINGS,
    MAX_VERIFIER_KEYS, MAX_WITHIN_DAYS, MIN_STEPS,
};
use table::Table;

pub use limits::DEFAULT_RATE;
pub use parse::{GRAMMAR, parse};
