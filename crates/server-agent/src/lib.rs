//! The agent that a server embeds.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "under construction")]

mod resolver;
mod transport;
