//! The catalog server.

mod config;
mod program;
mod routes;
mod stop;

pub use program::main;
pub(crate) use routes::{SECRET_HEADER, Version};
pub(crate) use stop::asked_to_stop;
