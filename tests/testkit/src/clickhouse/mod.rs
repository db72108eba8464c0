//! Real servers of ClickHouse, each with a directory and ports of its own.

mod server;

pub use self::server::{ClickHouseServer, is_installed};
