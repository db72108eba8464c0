//! Every figure of the roll-ups under a name made of words, not of this database's numbers: what two stores can compare.

use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, Row};

use super::dictionary::Dictionary;
use super::{query, rows};
use crate::chunk::SetChunk;
use crate::delta::Axis;
use crate::row::{InstallationNumber, StoredKind};

/// Whom a number stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum DumpMember {
    /// An installation.
    Installation(Id),
    /// Nobody who is known any more.
    Nobody(InstallationNumber),
}

/// Gives what somebody is called, of a product.
type Show<'s> = &'s dyn Fn(&str, DumpMember) -> String;

/// What the numbers of one database stand for.
struct DumpNames<'s> {
    show: Show<'s>,
    names: Dictionary,
    contexts: BTreeMap<u32, String>,
    products: BTreeMap<u32, String>,
    installations: BTreeMap<(u32, u32), String>,
}

impl<'s> DumpNames<'s> {
    fn load(connection: &Connection, show: Show<'s>) -> Result<Self> {
        let context = "SELECT id, component || ' ' || version_key || ' ' || os || ' ' || arch || ' ' || marks FROM \
                       context";
        let ids = "SELECT product, number, id FROM installation";
        let products: BTreeMap<u32, String> =
            query::list(connection, "SELECT id, name FROM product", [], |row| row.try_into())?;
        Ok(Self {
            show,
            names: Dictionary::load(connection)?,
            contexts: query::list(connection, context, [], |row| row.try_into())?,
            installations: query::list(connection, ids, [], |row| {
                let product: u32 = row.get(0)?;
                let name = products.get(&product).map_or("", String::as_str);
                Ok((
                    (product, row.get(1)?),
                    show(name, DumpMember::Installation(Id::from_bytes(row.get(2)?))),
                ))
            })?,
            products,
        })
    }

    fn name(&self, id: i64) -> &str {
        self.names.name(u32::try_from(id).unwrap_or(0))
    }

    fn context(&self, row: &Row<'_>, product: usize, context: usize) -> Result<String> {
        let of = |map: &BTreeMap<u32, String>, id: u32| map.get(&id).cloned().unwrap_or_default();
        Ok(format!("{} {}", of(&self.products, row.get(product)?), of(&self.contexts, row.get(context)?)))
    }

    fn id(&self, product: u32, number: u32) -> String {
        let product_name = self.products.get(&product).map_or("", String::as_str);
        let nobody = || (self.show)(product_name, DumpMember::Nobody(number));
        self.installations.get(&(product, number)).map_or_else(nobody, String::clone)
    }
}

/// The figures, sorted by name; `show` gives what an installation of a product is called.
pub(super) fn dump(connection: &Connection, show: Show<'_>) -> Result<Vec<(String, i64)>> {
    let words = DumpNames::load(connection, show)?;
    let mut all = BTreeMap::new();
    cube(connection, &words, &mut all)?;
    active(connection, &words, &mut all)?;
    used(connection, &words, &mut all)?;
    cohort(connection, &words, &mut all)?;
    arrived(connection, &words, &mut all)?;
    versions(connection, &words, &mut all)?;
    received(connection, &words, &mut all)?;
    batches(connection, &words, &mut all)?;
    latest(connection, &words, &mut all)?;
    quality(connection, &words, &mut all)?;
    counted(connection, &words, &mut all)?;
    Ok(all.into_iter().collect())
}

/// Figures by what they count.
type Figures = BTreeMap<String, i64>;

fn cube(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, axis, day, name, detail, context, n FROM cube";
    query::each(connection, sql, [], |row| {
        let axis: u8 = row.get(1)?;
        let day: Day = row.get(2)?;
        let name = words.name(row.get(3)?);
        let detail: i64 = row.get(4)?;
        let is_name = axis == Axis::Action as u8 || axis == Axis::Choice as u8;
        let detail = if is_name { words.name(detail).to_owned() } else { detail.to_string() };
        let key = format!("cube {} {day} {axis} {name} {detail}", words.context(row, 0, 5)?);
        all.insert(key, row.get(6)?);
        Ok(())
    })
}

fn active(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, chunk, members, day, context FROM active";
    sets(connection, words, all, sql, |row, day, id| {
        Ok(format!("active {} {day} {id}", words.context(row, 0, 4)?))
    })
}

fn cohort(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, chunk, members, day FROM cohort";
    sets(connection, words, all, sql, |_, day, id| Ok(format!("first {id} {day}")))
}

fn arrived(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, chunk, members, day FROM arrived";
    sets(connection, words, all, sql, |_, day, id| Ok(format!("received {id} {day}")))
}

fn versions(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    query::each(connection, "SELECT product, axis, version, reason, day, first FROM version", [], |row| {
        let product = words.products.get(&row.get(0)?).map_or("", String::as_str);
        let axis = words.name(row.get(1)?);
        let version: i64 = row.get(2)?;
        let reason: u8 = row.get(3)?;
        all.insert(format!("version {product} {axis} {version} {reason}"), row.get(4)?);
        if let Some(first) = row.get(5)? {
            all.insert(format!("since {product} {version}"), first);
        }
        Ok(())
    })
}

fn used(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, chunk, members, day, axis, name, detail, context FROM used";
    sets(connection, words, all, sql, |row, day, id| {
        let axis: u8 = row.get(4)?;
        if axis == Axis::Success as u8 {
            return Ok(format!("success {id} {day}"));
        }
        let context = words.context(row, 0, 7)?;
        Ok(format!("used {context} {day} {id} {axis} {} {}", row.get::<_, i64>(6)?, words.name(row.get(5)?)))
    })
}

fn received(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, chunk, members, period, axis, name, detail, context FROM received";
    sets(connection, words, all, sql, |row, period, id| {
        let context = words.context(row, 0, 7)?;
        let axis: u8 = row.get(4)?;
        let what = match axis {
            1 => "day",
            2 => "hour",
            _ => "ending",
        };
        let line = format!("heard-{what} {context} {period} {id}");
        if what == "ending" {
            return Ok(format!("{line} {} {}", row.get::<_, i64>(6)?, words.name(row.get(5)?)));
        }
        Ok(line)
    })
}

fn batches(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT 'batches', product, component, synthetic, ' ' || hour, n FROM batch_count \
               UNION ALL SELECT 'last', product, component, synthetic, '', last FROM batch_ends \
               UNION ALL SELECT 'began', product, component, synthetic, '', first FROM batch_ends";
    query::each(connection, sql, [], |row| {
        let product = words.products.get(&row.get(1)?).map_or("", String::as_str);
        let what: String = row.get(0)?;
        let component: String = row.get(2)?;
        let hour: String = row.get(4)?;
        all.insert(format!("{what} {product} {component} {}{hour}", row.get::<_, u8>(3)?), row.get(5)?);
        Ok(())
    })
}

/// Adds every member of sets. The statement gives product, chunk, members and day, then what `name_of` reads beside.
fn sets(
    connection: &Connection,
    words: &DumpNames<'_>,
    all: &mut Figures,
    sql: &str,
    name_of: impl Fn(&Row<'_>, Day, &str) -> Result<String>,
) -> Result<()> {
    query::each(connection, sql, [], |row| {
        let product = row.get(0)?;
        let members = SetChunk::from_bytes(row.get_ref(2)?.as_blob()?);
        for number in members.numbers(row.get(1)?) {
            all.insert(name_of(row, row.get(3)?, &words.id(product, number))?, 1);
        }
        Ok(())
    })
}

fn latest(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let sql = "SELECT product, context, installation, day, hour, counts FROM latest";
    query::each(connection, sql, [], |row| {
        let id = words.id(row.get(0)?, row.get(2)?);
        let context = words.context(row, 0, 1)?;
        let day: Day = row.get(3)?;
        let hour: u8 = row.get(4)?;
        for event in rows::events(row, 5)? {
            let StoredKind::Report(cells) = event.what else { continue };
            for cell in cells {
                let count = words.name(cell.name.into());
                let entry = words.name(cell.cell.into());
                let number = i64::try_from(cell.number).unwrap_or(i64::MAX);
                all.insert(format!("latest {context} {day}.{hour} {id} {count} {entry}"), number);
            }
        }
        Ok(())
    })
}

fn quality(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    query::each(connection, "SELECT product, context, day, what, n FROM quality", [], |row| {
        let day: Day = row.get(2)?;
        let what: String = row.get(3)?;
        all.insert(format!("quality {} {day} {what}", words.context(row, 0, 1)?), row.get(4)?);
        Ok(())
    })
}

/// When an installation was last heard, and in which periods it was there.
fn counted(connection: &Connection, words: &DumpNames<'_>, all: &mut Figures) -> Result<()> {
    let product = |row: &Row<'_>| -> Result<String> {
        Ok(words.products.get(&row.get(0)?).cloned().unwrap_or_default())
    };
    let sql = "SELECT product, id, heard FROM installation WHERE heard IS NOT NULL";
    query::each(connection, sql, [], |row| {
        let product = product(row)?;
        let id = (words.show)(&product, DumpMember::Installation(Id::from_bytes(row.get(1)?)));
        all.insert(format!("last-heard {product} {id}"), row.get(2)?);
        Ok(())
    })?;
    let sql = "SELECT product, installation, first, last, lower(hex(value)), revision FROM counted";
    query::each(connection, sql, [], |row| {
        let id = words.id(row.get(0)?, row.get(1)?);
        let days: (Day, Day) = (row.get(2)?, row.get(3)?);
        let value: String = row.get(4)?;
        all.insert(format!("counted {} {id} {} {} {value}", product(row)?, days.0, days.1), row.get(5)?);
        Ok(())
    })
}
