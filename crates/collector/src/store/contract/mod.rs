//! What every adapter of the write port owes: a slow reference, and checks that run against each adapter.

mod checks;
mod random;
mod reference;
mod sketch;

pub(crate) use checks::every_store_passes;
pub(crate) use sketch::{
    FAILURE, NOW, PRODUCTS, REPORT, SMALLER, SUCCESS, Sketch, end, erasure, manifest_text, manifests, placed,
};
