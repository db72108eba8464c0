//! What is remembered of the last processes of a server: the sums that each told last.
//!
//! All of an installation are stored together and deflated: a sender that tells the same sums under many restart tags has no
//! more kept than it sent. The stored form is a byte of 0, then each process: its restart tag, the day of its last report and
//! its sums, as variable-length integers (LEB128).

use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::sums::SumKey;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Transaction, params};

use super::block::damaged;
use super::query;
use crate::row::{self, DamagedRow, InstallationNumber, NameNumber, StoredKind};

/// The last processes of an installation, the one that reported last at the end.
#[derive(Debug, Default)]
pub(super) struct Processes {
    known: Vec<Process>,
    is_changed: bool,
}

/// What a process told last, its sums by the numbers of their names.
pub(super) type Process = aboveboard_store::sums::Process<NameNumber>;

impl Processes {
    pub(super) fn load(
        transaction: &Transaction<'_>,
        product: u32,
        installation: InstallationNumber,
    ) -> Result<Self> {
        Ok(Self { known: of_installation(transaction, product, installation)?, is_changed: false })
    }

    /// The sums that a process told until now, to be changed by what it tells on a day.
    pub(super) fn sums(&mut self, run: Id, day: Day) -> &mut BTreeMap<SumKey<NameNumber>, u64> {
        self.is_changed = true;
        Process::sums_of(&mut self.known, run, day)
    }

    /// Forgets the processes that last told something before a day.
    fn forget(&mut self, before: Day) {
        self.known.retain(|process| process.day >= before);
        self.is_changed = true;
    }

    /// Stores them where they changed; without any, their line goes.
    pub(super) fn store(
        &self,
        transaction: &Transaction<'_>,
        product: u32,
        installation: InstallationNumber,
    ) -> Result<()> {
        if !self.is_changed {
            return Ok(());
        }
        let Some(oldest) = self.known.iter().map(|process| process.day).min() else {
            let sql = "DELETE FROM process WHERE product = ?1 AND installation = ?2";
            return query::execute(transaction, sql, params![product, installation]).map(drop);
        };
        let sql = "INSERT OR REPLACE INTO process VALUES (?1, ?2, ?3, ?4)";
        let bytes = row::deflated(self.to_bytes());
        query::execute(transaction, sql, params![product, installation, oldest, bytes]).map(drop)
    }

    fn to_bytes(&self) -> Vec<u8> {
        // No row that is not deflated may begin like one that is.
        let mut bytes = vec![0];
        for Process { run, day, sums } in &self.known {
            bytes.extend_from_slice(run.bytes());
            row::push_number(&mut bytes, u64::from(day.cast_unsigned()));
            row::push_number(&mut bytes, sums.len() as u64);
            for ((name, is_time, from), n) in sums {
                for number in [u64::from(*name) << 1 | u64::from(*is_time), *from, *n] {
                    row::push_number(&mut bytes, number);
                }
            }
        }
        bytes
    }
}

/// Forgets the processes of all installations of a product that last told something before a day.
pub(super) fn retire(transaction: &Transaction<'_>, product: u32, before: Day) -> Result<()> {
    let sql = "SELECT installation FROM process WHERE product = ?1 AND oldest < ?2";
    let old: Vec<InstallationNumber> =
        query::list(transaction, sql, params![product, before], |row| row.get(0))?;
    for installation in old {
        let mut processes = Processes::load(transaction, product, installation)?;
        processes.forget(before);
        processes.store(transaction, product, installation)?;
    }
    Ok(())
}

/// What an installation's last processes told, the one that reported last at the end.
pub(super) fn of_installation(
    connection: &Connection,
    product: u32,
    installation: InstallationNumber,
) -> Result<Vec<Process>> {
    let sql = "SELECT sums FROM process WHERE product = ?1 AND installation = ?2";
    let known = query::find(connection, sql, params![product, installation], |row| {
        read(row.get_ref(0)?.as_blob()?).map_err(damaged)
    })?;
    Ok(known.unwrap_or_default())
}

/// Takes over what schema 2 remembered of each process in a row of its own, each as stored timings. One that does not read is
/// left out.
pub(super) fn take_over(from: &Connection, table: &str, transaction: &Transaction<'_>) -> Result<()> {
    let sql = format!(
        "SELECT product, installation, run, day, sums FROM {table} ORDER BY product, installation, day"
    );
    let mut of = (0, 0);
    let mut processes = Processes::default();
    query::each(from, &sql, [], |row| {
        let next: (u32, InstallationNumber) = (row.get(0)?, row.get(1)?);
        if next != of {
            std::mem::take(&mut processes).store(transaction, of.0, of.1)?;
            of = next;
        }
        let events = row::read(row.get_ref(4)?.as_blob()?);
        if let (Ok(run), Ok(events)) = (row.get(2), events) {
            let sums = processes.sums(Id::from_bytes(run), row.get(3)?);
            for event in events {
                let StoredKind::Timings(told) = event.what else { continue };
                sums.extend(told.iter().map(|sum| ((sum.name, sum.is_time, sum.from), sum.n)));
            }
        }
        Ok(())
    })?;
    processes.store(transaction, of.0, of.1)
}

fn read(bytes: &[u8]) -> Result<Vec<Process>, DamagedRow> {
    let plain = row::inflated(bytes)?;
    let mut rest = plain.strip_prefix(&[0]).ok_or(DamagedRow)?;
    let mut known = Vec::new();
    while !rest.is_empty() {
        let (run, more) = rest.split_first_chunk().ok_or(DamagedRow)?;
        rest = more;
        let day = u32::try_from(row::take_number(&mut rest)?).map_err(|_| DamagedRow)?.cast_signed();
        let mut sums = BTreeMap::new();
        for _ in 0..row::take_number(&mut rest)? {
            let name = row::take_number(&mut rest)?;
            let is_time = name & 1 == 1;
            let name = u32::try_from(name >> 1).map_err(|_| DamagedRow)?;
            let from = row::take_number(&mut rest)?;
            sums.insert((name, is_time, from), row::take_number(&mut rest)?);
        }
        known.push(Process { run: Id::from_bytes(*run), day, sums });
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use aboveboard_store::limits::MAX_PROCESSES;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_remembered_reads_as_it_was_written(
            sums in prop::collection::btree_map((any::<u32>(), any::<bool>(), any::<u64>()), any::<u64>(), 0..50),
            day in any::<i32>(),
        ) {
            let mut processes = Processes::default();
            for run in 0..20 {
                *processes.sums(Id::from_random([run; 16]), day) = sums.clone();
            }
            let read = read(&row::deflated(processes.to_bytes())).unwrap();
            prop_assert_eq!(read.len(), MAX_PROCESSES);
            prop_assert!(read.iter().all(|process| process.sums == sums && process.day == day));
        }

        #[test]
        fn any_bytes_end_in_processes_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
