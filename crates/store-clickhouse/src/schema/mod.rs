//! The tables of a cluster: made by the collector on each server by itself, and compared with what is there.

mod meta;
mod prepare;
mod table;
mod tables;

pub(crate) use self::prepare::Schema;
pub(crate) use self::table::{LOOKUPS, Place, RANGES, Table};
pub(crate) use self::tables::{ARRIVAL, LEDGER};
