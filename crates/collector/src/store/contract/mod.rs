//! What every adapter of [`Store`](super::Store) owes, told by a slow reference and run against each adapter.

mod checks;
mod random;
mod reference;
mod sketch;

pub(crate) use checks::every_store_passes;
pub(crate) use sketch::{
    FAILURE, NOW, PRODUCTS, REPORT, SMALLER, SUCCESS, Sketch, end, erasure, manifest_text, manifests, placed,
};
