//! Waiting until every replica of a shard has what was written.

use std::time::{Duration, Instant};

use aboveboard_store::{StoreError, StoreFate};

use crate::client::{Client, Patience};
use crate::problem::error;
use crate::schema::Table;

/// How long replicas may take to fetch a day from each other. One that is away longer lets closing fail, to be tried again under another
/// generation.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// How often replicas are asked. They fetch within a fraction of a second where they are well.
const PACE: Duration = Duration::from_millis(50);

/// How many rows were written into a table under one generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) table: Table,
    pub(super) rows: u64,
}

/// Waits until every replica of a shard that is not gone for good holds what was written, where a column has a number.
pub(super) fn wait(
    client: &Client,
    shard: u32,
    written: &[Written],
    column: &str,
    number: u64,
) -> Result<(), StoreError> {
    let until = Instant::now() + MAX_WAIT;
    for Written { table, rows } in written.iter().filter(|written| written.rows > 0) {
        for replica in client.replicas(shard) {
            let sql = format!("SELECT count() FROM {} WHERE {column} = {number}", table.name);
            loop {
                let found =
                    replica.ask(&sql, Patience::Work).map_err(|problem| problem.at(replica.name()))?.u64()?;
                if found == *rows {
                    break;
                }
                if found > *rows {
                    return Err(transient(format!(
                        "{}: of the {rows} rows that were written to {} some are there twice; they are written anew",
                        replica.name(),
                        table.name
                    )));
                }
                if Instant::now() >= until {
                    return Err(transient(format!(
                        "{}: it has {found} of the {rows} rows that were written to {}",
                        replica.name(),
                        table.name
                    )));
                }
                std::thread::sleep(PACE);
            }
        }
    }
    Ok(())
}

fn transient(text: String) -> StoreError {
    error(text, StoreFate::Transient)
}
