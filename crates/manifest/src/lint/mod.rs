//! Lints: what the grammar allows and a reviewer should not have to find.

mod funnel;
mod item_lints;
mod list;
mod manifest;
mod publish;

pub(crate) use list::{LINTS, names};
