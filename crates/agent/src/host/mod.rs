//! The host: the product that a verb is called for, and what its arguments say about it.

mod arguments;
mod config;
mod product;

pub use arguments::with_host_options;
pub(crate) use arguments::{HostArguments, ServerArguments};
pub(crate) use product::agent_of;
pub use product::{Product, deliver_if_called};
