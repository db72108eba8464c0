//! Row export: every event of a product as a line, for DuckDB and notebooks.
//!
//! Installations carry ids that hold for this export alone: an HMAC under a key that is made for it and thrown away.
//! Two exports cannot be joined by them, nor by the order of their lines, which follows these ids. A moment of the store
//! is held while a part of a day is read, never while somebody takes it.

mod held;
mod keyed;
mod line;
mod part;
mod reading;
mod request;

#[cfg(test)]
mod tests;

pub(crate) use held::HeldPage;
pub use reading::Export;
pub use request::{ExportFormat, ExportRequest, day};
