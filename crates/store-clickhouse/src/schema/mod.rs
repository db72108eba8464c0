//! The tables of a cluster: made by the collector on each server by itself, and compared with what is there.

mod meta;
mod prepare;
mod replicas;
mod table;
mod tables;
mod turn;

pub(crate) use self::prepare::Schema;
pub(crate) use self::table::{LOOKUPS, Place, RANGES, Table};
pub(crate) use self::tables::{ARRIVAL, JOURNAL, JOURNAL_SERVERS};
