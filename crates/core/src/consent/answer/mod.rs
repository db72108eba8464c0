//! The stored answer: one line that a person can read and write.
//!
//! ```text
//! answer=yes at=2026-11-22T14:10:26Z by=question revision=4 manifest=0f3a… endpoint=https://q.example items=0a1b2c3d,…
//! ```
//!
//! The first word decides; what cannot be read counts as an opt-out. `items` are checksums of what the manifest
//! declared then. Words that are not known are passed over, so that a newer version may add some.

mod line;
mod replacement;
mod store;
mod stored;

#[cfg(test)]
mod tests;

pub use self::{
    line::{Answer, Choice, Surface},
    store::store,
    stored::{StoredAnswer, read},
};
