//! What installations recorded in a period, so many at a time.

use std::collections::BTreeMap;

use aboveboard_store::contributions::Presence;
use aboveboard_store::read::{ContributorPiece, Days, InstallationKey, KnownContributor};
use rusqlite::{Connection, Result, params};

use super::block::{self, EncodedRow};
use super::dictionary::{Contexts, Dictionary};
use super::{counted, decode, query, rows};
use crate::chunk::{numbers_of, place_of};
use crate::row::InstallationNumber;

/// The rows of a day of some installations that are not packed.
const LOOSE_ROWS: &str = "SELECT installation, part, context, events FROM row WHERE product = ?1 AND day = ?2 \
                          AND installation BETWEEN ?3 AND ?4 ORDER BY installation, part";

/// Where rows are read, and what their numbers stand for.
pub(super) struct ContributorReader<'c> {
    pub(super) connection: &'c Connection,
    pub(super) names: &'c Dictionary,
    pub(super) contexts: &'c Contexts,
    pub(super) product: u32,
    pub(super) days: Days,
}

impl ContributorReader<'_> {
    /// Gives the installations of the chunk in which `from` is, and returns the first number of the next chunk.
    pub(super) fn chunk(
        &self,
        from: InstallationKey,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> Result<Option<InstallationKey>> {
        let sql = "SELECT next FROM product WHERE id = ?1";
        let next: InstallationNumber = query::value(self.connection, sql, [self.product])?;
        let Some(from) = u32::try_from(from.0).ok().filter(|from| *from < next) else { return Ok(None) };
        let (chunk, _) = place_of(from);
        let (first, last) = numbers_of(chunk);
        let known = self.known(first, last)?;
        for (number, contributor) in &known {
            each(ContributorPiece::Known(decode::key(*number), *contributor));
        }
        if !known.is_empty() {
            self.rows(chunk, &known, each)?;
        }
        Ok(last.checked_add(1).filter(|after| *after < next).map(decode::key))
    }

    fn known(
        &self,
        first: InstallationNumber,
        last: InstallationNumber,
    ) -> Result<BTreeMap<InstallationNumber, KnownContributor>> {
        let mut presences: BTreeMap<InstallationNumber, Presence> = BTreeMap::new();
        counted::of_period(self.connection, self.product, self.days, (first, last), |number, presence| {
            presences.insert(number, presence);
        })?;
        // There is no index by number: it would cost more room than passing over all of them costs time.
        let sql = "SELECT number, id, first_day, received, heard FROM installation WHERE product = ?1 \
                   AND number BETWEEN ?2 AND ?3 AND first_day <= ?4 AND last_day >= ?5";
        let params = params![self.product, first, last, self.days.last, self.days.first];
        query::list(self.connection, sql, params, |row| {
            let number = row.get(0)?;
            let contributor = KnownContributor {
                key: row.get(1)?,
                first: row.get(2)?,
                received: row.get(3)?,
                heard: row.get(4)?,
                presence: presences.get(&number).copied(),
            };
            Ok((number, contributor))
        })
    }

    fn rows(
        &self,
        chunk: u32,
        known: &BTreeMap<InstallationNumber, KnownContributor>,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> Result<()> {
        let (first, last) = numbers_of(chunk);
        for day in rows::days(self.connection, self.product, self.days)? {
            let mut give = |raw: &EncodedRow| -> Result<()> {
                // Rows of installations that were erased stay until their removal comes to them.
                if !known.contains_key(&raw.installation) {
                    return Ok(());
                }
                if let Some(context) = self.contexts.get(raw.context) {
                    let events = decode::stored(raw)?;
                    let row = decode::batch_row(self.names, &|_| false, context, raw.installation, events);
                    each(ContributorPiece::Row(day, row));
                }
                Ok(())
            };
            block::of_chunk(self.connection, self.product, day, chunk, &mut give)?;
            let loose = params![self.product, day, first, last];
            query::each(self.connection, LOOSE_ROWS, loose, |row| give(&EncodedRow::from_columns(row)?))?;
        }
        Ok(())
    }
}
