//! One collector at a time makes the tables of a server.

use std::time::{Duration, Instant};

use crate::client::{Patience, Server};
use crate::problem::Problem;

/// The table that is there while a collector is at it.
const TABLE: &str = "preparation";

/// ClickHouse's error where a table is there already.
const TABLE_EXISTS: u32 = 57;

/// A collector that is at it for longer counts as ended in the middle.
const MAX_SECONDS: u64 = 60;

/// The time between two looks whether the other one is done.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// As long as it lives, no other collector makes tables on this server.
#[derive(Debug)]
pub(super) struct Turn<'s> {
    server: &'s Server,
}

impl<'s> Turn<'s> {
    /// Waits for the turn of this collector. The database is there.
    pub(super) fn take(server: &'s Server) -> Result<Self, Problem> {
        let until = Instant::now() + Duration::from_secs(2 * MAX_SECONDS);
        loop {
            let sql = format!("CREATE TABLE {TABLE} (x UInt8) ENGINE = Memory");
            match server.execute(&sql, Patience::Work) {
                Ok(()) => return Ok(Self { server }),
                Err(Problem::Refused(TABLE_EXISTS, _)) if Instant::now() < until => {}
                Err(problem) => return Err(problem),
            }
            if is_abandoned(server)? {
                remove(server)?;
            } else {
                std::thread::sleep(POLL_INTERVAL);
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Where that fails, others wait until it is abandoned.
        let _ = remove(self.server);
    }
}

fn is_abandoned(server: &Server) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT count() FROM system.tables WHERE database = '{}' AND name = '{TABLE}' \
         AND metadata_modification_time < now() - {MAX_SECONDS} FORMAT RowBinary",
        server.database()
    );
    Ok(server.ask_outside(&sql, Patience::Health)?.first() == Some(&1))
}

fn remove(server: &Server) -> Result<(), Problem> {
    server.execute(&format!("DROP TABLE IF EXISTS {TABLE}"), Patience::Work)
}
