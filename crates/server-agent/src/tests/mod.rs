//! The agent as a host uses it, and its transport: what takes more than one file of the crate.

mod agent;
mod kit;
#[cfg(feature = "router")]
mod routes;
mod state_store;
mod stopping;
mod transport;
