//! Days that are closed: their tables, what is written into them, and what is asked of them.

mod cache;
mod closing;
mod context;
mod contexts;
mod days;
pub(crate) mod delete;
mod generations;
mod members;
mod rows;
mod settle;
mod sql;
mod states;
mod sums;
pub(crate) mod tables;
mod tally;
#[cfg(test)]
mod tests;
mod write;

#[allow(unused_imports, reason = "the port to the cluster is made of these parts")]
pub(crate) use self::closing::Closed;
