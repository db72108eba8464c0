//! The agent inside a real program: `examples/tool.rs`, run as its users run it.
#![forbid(unsafe_code)]

mod collector;
mod delivery;
mod question;
mod terminal;
mod tool;
mod transport;
