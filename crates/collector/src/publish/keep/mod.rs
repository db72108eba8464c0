//! What is kept of draws: it lies as files in the data directory, in `publications/PRODUCT`.
//!
//! A draw is one file that is written whole, so it exists or it does not, and a period that has one is never drawn again: not
//! after a kill, an erasure or a rebuild. It is no part of the database, so every store shares it, and a database that is
//! restored from a backup forgets no draw.

mod cap;
mod error;
mod file;
mod kept_draws;
mod list;
mod record;
#[cfg(test)]
mod tests;

pub use error::KeepError;
pub use kept_draws::KeptDraws;
pub use list::counted_files;
pub use record::{DrawState, Head, KeptDraw, KeptList};
