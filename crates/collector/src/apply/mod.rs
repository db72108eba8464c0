//! From the log to the store, in order, exactly once.

mod quarantine;
mod worker;

pub(crate) use worker::Applier;

#[cfg(test)]
mod tests;
