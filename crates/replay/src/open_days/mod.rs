//! The days that are not closed, in memory: all batches of them, what becomes of each, and what they come to together.

mod close;
mod days;
mod installation;
mod resolved;
mod shared_texts;
mod take_in;
#[cfg(test)]
mod tests;

pub use days::OpenDays;
pub(crate) use resolved::noted;
