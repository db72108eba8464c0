//! The reading end: roll-ups only, through connections that cannot write.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::value::Version;
use rusqlite::{Connection, Transaction, params};

use super::error::classify;
use super::open;
use super::rows;
use crate::rollup::delta::Axis;
use crate::rollup::row::{CountCell, Name, What, unpack_version};
use crate::store::StoreError;
use crate::store::calendar::Day;

/// Most connections that are kept for the next question.
const KEPT: usize = 4;

/// Longest that one question may hold a moment of the store: as long as it does, nothing that is written since can be
/// moved out of the log of writes, which grows.
const MAX_SNAPSHOT_AGE: std::time::Duration = std::time::Duration::from_secs(20);

/// Steps of SQLite's machine between two looks at the time: about a millisecond.
const LOOK_EVERY: std::ffi::c_int = 20_000;

/// How often a question is asked before the store is said to be unreadable; each waits for locks by itself.
const TRIES: u32 = 3;

/// Reads a store while it is written. Cheap to clone; each question sees one moment of the store.
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// [`MAX_SNAPSHOT_AGE`], but for tests.
    pub(super) longest: std::time::Duration,
}

/// Who recorded: what a number in the column `context` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Recording component.
    pub component: Component,
    /// The product's version.
    pub version: Version,
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub arch: String,
    /// Marks.
    pub marks: Marks,
}

/// A cell of the daily cube as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CubeCell {
    /// Day.
    pub day: Day,
    /// What; see [`Axis`].
    pub name: Name,
    /// What about it; see [`Axis`].
    pub detail: i64,
    /// Number of the context.
    pub context: u32,
    /// How often.
    pub n: u64,
}

/// A stored set as it is read, not yet decoded.
#[derive(Clone, Copy, Debug)]
pub struct SetPart<'a> {
    /// Day.
    pub day: Day,
    /// Number of the context; 0 for sets of first days.
    pub context: u32,
    /// Number of the chunk.
    pub chunk: u32,
    /// Members, for [`crate::rollup::set::Set::unite_bytes`].
    pub members: &'a [u8],
}

/// The last report of an installation. The number is for meeting other filters; nothing shows it.
#[derive(Clone, Debug)]
pub struct LastReport {
    /// Number of the context.
    pub context: u32,
    /// Number of the installation.
    pub installation: u32,
    /// What it counted.
    pub counts: Vec<CountCell>,
}

impl Reader {
    /// Opens the database for reading. The writer has opened it before, so it is there and of this schema.
    ///
    /// # Errors
    /// Where the file is missing or cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let first = open::reader(path)?;
        Ok(Self { path: path.to_owned(), idle: Arc::new(Mutex::new(vec![first])), longest: MAX_SNAPSHOT_AGE })
    }

    /// Answers questions that belong together from one moment of the store. Blocks; not for an async thread. Where
    /// the writer is just cutting its log of writes, the questions are asked again.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn ask<T>(&self, questions: impl Fn(&Snapshot<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut tries = 1;
        loop {
            match self.ask_once(&questions) {
                Err(error) if error.is_transient() && tries < TRIES => {
                    tracing::debug!(%error, tries, "the store is busy; asking again");
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    fn ask_once<T>(&self, questions: impl Fn(&Snapshot<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let mut connection = idle.map_or_else(|| open::reader(&self.path), Ok)?;
        let until = std::time::Instant::now() + self.longest;
        let is_over = move || std::time::Instant::now() >= until;
        connection
            .progress_handler(LOOK_EVERY, Some(is_over))
            .map_err(|error| classify(&self.path, error))?;
        let answer = connection.transaction().and_then(|transaction| {
            let answer = questions(&Snapshot { transaction: &transaction })?;
            transaction.finish()?;
            Ok(answer)
        });
        let answer = answer.map_err(|error| classify(&self.path, error))?;
        // A connection that failed is not asked again.
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One moment of the store.
pub struct Snapshot<'t> {
    pub(super) transaction: &'t Transaction<'t>,
}

impl Snapshot<'_> {
    /// Products with their numbers, by name.
    ///
    /// # Errors
    /// Where the store cannot be read; so for all questions.
    pub fn products(&self) -> rusqlite::Result<Vec<(u32, String)>> {
        self.transaction
            .prepare_cached("SELECT id, name FROM product ORDER BY name")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    /// The dictionary of names.
    ///
    /// # Errors
    /// As above.
    pub fn names(&self) -> rusqlite::Result<HashMap<Name, String>> {
        self.transaction
            .prepare_cached("SELECT id, text FROM name")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    /// The contexts of a product by their numbers.
    ///
    /// # Errors
    /// As above.
    pub fn contexts(&self, product: u32) -> rusqlite::Result<HashMap<u32, Context>> {
        self.transaction
            .prepare_cached(
                "SELECT id, component, version_key, os, arch, marks FROM context WHERE product = ?1",
            )?
            .query_map(params![product], |row| {
                let (component, version): (String, i64) = (row.get(1)?, row.get(2)?);
                let context = Context {
                    component: Component::parse(&component).unwrap_or(Component::App),
                    version: unpack_version(u64::try_from(version).unwrap_or(0)),
                    os: row.get(3)?,
                    arch: row.get(4)?,
                    marks: Marks::from_bits(row.get(5)?),
                };
                Ok((row.get(0)?, context))
            })?
            .collect()
    }

    /// Gives every cell of an axis between two days, both included.
    ///
    /// # Errors
    /// As above.
    pub fn cube(
        &self,
        product: u32,
        axis: Axis,
        days: (Day, Day),
        mut each: impl FnMut(CubeCell),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(
            "SELECT day, name, detail, context, n FROM cube WHERE product = ?1 AND axis = ?2 \
             AND day BETWEEN ?3 AND ?4",
        )?;
        let mut found = find.query(params![product, axis as u8, days.0, days.1])?;
        while let Some(row) = found.next()? {
            let n = u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
            each(CubeCell {
                day: row.get(0)?,
                name: row.get(1)?,
                detail: row.get(2)?,
                context: row.get(3)?,
                n,
            });
        }
        Ok(())
    }

    /// Gives every set of active installations between two days, both included.
    ///
    /// # Errors
    /// As above.
    pub fn active(
        &self,
        product: u32,
        days: (Day, Day),
        each: impl FnMut(SetPart<'_>),
    ) -> rusqlite::Result<()> {
        self.sets(
            "SELECT day, context, chunk, members FROM active WHERE product = ?1 AND day BETWEEN ?2 AND ?3",
            product,
            days,
            each,
        )
    }

    /// Gives how many installations were active on days whose sets retention has deleted: day, context, how many.
    ///
    /// # Errors
    /// As above.
    pub fn closed(
        &self,
        product: u32,
        days: (Day, Day),
        mut each: impl FnMut(Day, u32, u64),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(
            "SELECT day, context, installations FROM closed WHERE product = ?1 AND day BETWEEN ?2 AND ?3",
        )?;
        let mut found = find.query(params![product, days.0, days.1])?;
        while let Some(row) = found.next()? {
            each(row.get(0)?, row.get(1)?, u64::from(row.get::<_, u32>(2)?));
        }
        Ok(())
    }

    /// Gives every set of installations that were first seen between two days, both included.
    ///
    /// # Errors
    /// As above.
    pub fn first_seen(
        &self,
        product: u32,
        days: (Day, Day),
        each: impl FnMut(SetPart<'_>),
    ) -> rusqlite::Result<()> {
        self.sets(
            "SELECT day, 0, chunk, members FROM cohort WHERE product = ?1 AND day BETWEEN ?2 AND ?3",
            product,
            days,
            each,
        )
    }

    fn sets(
        &self,
        sql: &str,
        product: u32,
        days: (Day, Day),
        mut each: impl FnMut(SetPart<'_>),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(sql)?;
        let mut found = find.query(params![product, days.0, days.1])?;
        while let Some(row) = found.next()? {
            let members = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            each(SetPart { day: row.get(0)?, context: row.get(1)?, chunk: row.get(2)?, members });
        }
        Ok(())
    }

    /// Gives the last report of each installation whose day lies between the two.
    ///
    /// # Errors
    /// As above.
    pub fn last_reports(
        &self,
        product: u32,
        days: (Day, Day),
        mut each: impl FnMut(LastReport),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(
            "SELECT context, counts, installation FROM latest WHERE product = ?1 AND day BETWEEN ?2 AND ?3",
        )?;
        let mut found = find.query(params![product, days.0, days.1])?;
        while let Some(row) = found.next()? {
            for event in rows::events(row, 1)? {
                if let What::Report(counts) = event.what {
                    each(LastReport { context: row.get(0)?, installation: row.get(2)?, counts });
                }
            }
        }
        Ok(())
    }

    /// Gives the sets of installations that used something on a day between the two, both included: one name of an
    /// axis, or all of them, each with its name.
    ///
    /// # Errors
    /// As above.
    pub fn used(
        &self,
        product: u32,
        axis: Axis,
        name: Option<Name>,
        days: (Day, Day),
        mut each: impl FnMut(SetPart<'_>, Name),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(
            "SELECT day, chunk, members, name FROM used WHERE product = ?1 AND axis = ?2 \
             AND day BETWEEN ?3 AND ?4 AND (?5 IS NULL OR name = ?5)",
        )?;
        let mut found = find.query(params![product, axis as u8, days.0, days.1, name])?;
        while let Some(row) = found.next()? {
            let members = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            let part = SetPart { day: row.get(0)?, context: 0, chunk: row.get(1)?, members };
            each(part, row.get(3)?);
        }
        Ok(())
    }

    /// Gives what was counted or set aside between two days of receipt: day, what, context, how often.
    ///
    /// # Errors
    /// As above.
    pub fn quality(
        &self,
        product: u32,
        days: (Day, Day),
        mut each: impl FnMut(Day, &str, u32, u64),
    ) -> rusqlite::Result<()> {
        let mut find = self.transaction.prepare_cached(
            "SELECT day, what, context, n FROM quality WHERE product = ?1 AND day BETWEEN ?2 AND ?3",
        )?;
        let mut found = find.query(params![product, days.0, days.1])?;
        while let Some(row) = found.next()? {
            let what = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            each(row.get(0)?, what, row.get(2)?, u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0));
        }
        Ok(())
    }

    /// How many events are counted in all, by component and marks.
    ///
    /// # Errors
    /// As above.
    pub fn totals(&self, product: u32) -> rusqlite::Result<Vec<(String, Marks, u64)>> {
        self.transaction
            .prepare_cached(
                "SELECT c.component, c.marks, sum(n) FROM cube JOIN context c ON c.id = cube.context \
                 WHERE cube.product = ?1 AND axis <= ?2 GROUP BY c.component, c.marks",
            )?
            .query_map(params![product, Axis::Declared as u8], |row| {
                let n: i64 = row.get(2)?;
                Ok((row.get(0)?, Marks::from_bits(row.get(1)?), u64::try_from(n).unwrap_or(0)))
            })?
            .collect()
    }
}
