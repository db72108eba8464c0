//! The grammar: what a manifest may say, and the strict way from its text to the model.

pub(crate) mod definition;
mod diagnostics;
mod entries;
mod events;
pub(crate) mod explain;
mod item_info;
mod items;
pub(crate) mod limits;
pub(crate) mod name;
mod parse;
mod product;
mod rules;
mod surfaces;
mod table;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
mod value;

pub use parse::{GRAMMAR, parse};
