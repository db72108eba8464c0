//! What every adapter of the ports to write and to read owes: a slow reference, and checks that run against each adapter.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "the checks of a contract fail by panicking")]

mod added;
mod amendments;
mod answers;
mod cases;
mod checks;
mod contributions;
mod questions;
mod random;
mod reference;
mod sketch;

pub use cases::Cases;
pub use checks::every_store_passes;
pub use random::entries;
pub use reference::reference;
pub use sketch::{
    FAILURE, NOW, PRODUCTS, REPORT, SMALLER, SUCCESS, Sketch, end, erasure, manifest_text, manifests,
    manifests_of, placed,
};
