//! The stored answer: one line that a person can read, and can write where it is an opt-out.
//!
//! ```text
//! answer=yes at=2026-11-22T14:10:26Z by=question endpoint=https://q.example items=<64 hexadecimal digits>
//! ```
//!
//! `items` is the digest of the terms and items that were agreed to; they lie in full in the file `agreed` beside it,
//! which is read only where the digest is another than that of the manifest. The line is read strictly: a second line, a
//! byte too many or an unknown word may be the opt-out of a person or of another version, so it counts as one. Nothing
//! is deleted then, and no answer takes its place but an opt-out: `answer=no` is read by every version, whatever stands
//! behind it on the line.

mod agreed;
mod asked;
mod line;
mod remove;
mod replacement;
mod store;
mod stored;

#[cfg(test)]
mod tests;

pub(super) use self::remove::remove;

pub use self::{
    agreed::agreed,
    asked::Asked,
    line::{Answer, Choice, Surface},
    store::store,
    stored::{StoredAnswer, fault, read},
};
