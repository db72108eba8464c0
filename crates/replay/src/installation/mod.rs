//! What one installation sent, in the order, and what becomes of it.

mod left;
mod replay;
mod run;
#[cfg(test)]
mod tests;

pub use replay::{Installation, Replayed};
