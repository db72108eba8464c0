//! How servers are asked: over HTTP, with rows in ClickHouse's format `RowBinary`.

mod cluster;
mod health;
mod lost;
mod request;
mod rows;
mod server;

pub(crate) use self::cluster::Client;
pub(crate) use self::health::Standing;
pub(crate) use self::lost::LOST;
pub(crate) use self::request::{Access, Patience};
pub(crate) use self::rows::{RowWriter, Rows, date};
pub(crate) use self::server::{Preparation, Server};

#[cfg(test)]
mod tests;
