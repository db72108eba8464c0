//! Every figure of the roll-ups under a name made of names, not of this file's numbers.

use std::collections::BTreeMap;

use aboveboard_types::id::Id;
use rusqlite::{Connection, Row};

use super::rows;
use crate::rollup::delta::Axis;
use crate::rollup::row::What;
use crate::rollup::set::Chunk;

/// What the numbers of one file stand for.
struct Meaning {
    names: BTreeMap<u32, String>,
    contexts: BTreeMap<u32, String>,
    products: BTreeMap<u32, String>,
    installations: BTreeMap<(u32, u32), Id>,
}

impl Meaning {
    fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let context = "SELECT id, component || ' ' || version_key || ' ' || os || ' ' || arch || ' ' || marks FROM \
                       context";
        let ids = connection
            .prepare("SELECT product, number, id FROM installation")?
            .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), Id::from_bytes(row.get(2)?))))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            names: texts(connection, "SELECT id, text FROM name")?,
            contexts: texts(connection, context)?,
            products: texts(connection, "SELECT id, name FROM product")?,
            installations: ids,
        })
    }

    fn name(&self, id: i64) -> &str {
        u32::try_from(id).ok().and_then(|id| self.names.get(&id)).map_or("", String::as_str)
    }

    fn place(&self, row: &Row<'_>, product: usize, context: usize) -> rusqlite::Result<String> {
        let of = |map: &BTreeMap<u32, String>, id: u32| map.get(&id).cloned().unwrap_or_default();
        Ok(format!("{} {}", of(&self.products, row.get(product)?), of(&self.contexts, row.get(context)?)))
    }

    fn id(&self, product: u32, number: u32) -> String {
        self.installations.get(&(product, number)).map_or_else(|| "nobody".to_owned(), Id::to_string)
    }
}

fn texts(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<u32, String>> {
    connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(super) fn dump(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let meaning = Meaning::load(connection)?;
    let mut all = BTreeMap::new();
    cube(connection, &meaning, &mut all)?;
    active(connection, &meaning, &mut all)?;
    super::used::all(connection, |product, axis, day, name, number| {
        let (id, name) = (meaning.id(product, number), meaning.name(name.into()));
        all.insert(format!("used {id} {day} {axis} {name}"), 1);
    })?;
    cohort(connection, &meaning, &mut all)?;
    latest(connection, &meaning, &mut all)?;
    quality(connection, &meaning, &mut all)?;
    Ok(all.into_iter().collect())
}

type All = BTreeMap<String, i64>;

fn cube(connection: &Connection, meaning: &Meaning, all: &mut All) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT product, axis, day, name, detail, context, n FROM cube")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let (axis, detail): (u8, i64) = (row.get(1)?, row.get(4)?);
        let named = axis == Axis::Action as u8 || axis == Axis::Choice as u8;
        let detail = if named { meaning.name(detail).to_owned() } else { detail.to_string() };
        let (day, place): (i32, _) = (row.get(2)?, meaning.place(row, 0, 5)?);
        let key = format!("cube {place} {day} {axis} {} {detail}", meaning.name(row.get(3)?));
        all.insert(key, row.get(6)?);
    }
    Ok(())
}

fn active(connection: &Connection, meaning: &Meaning, all: &mut All) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT product, context, day, chunk, members FROM active")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let (day, place): (i32, _) = (row.get(2)?, meaning.place(row, 0, 1)?);
        for number in members(row)? {
            all.insert(format!("active {place} {day} {}", meaning.id(row.get(0)?, number)), 1);
        }
    }
    Ok(())
}

fn cohort(connection: &Connection, meaning: &Meaning, all: &mut All) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT product, 0, day, chunk, members FROM cohort")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let (product, day): (u32, i32) = (row.get(0)?, row.get(2)?);
        for number in members(row)? {
            all.insert(format!("first {} {day}", meaning.id(product, number)), 1);
        }
    }
    Ok(())
}

fn members(row: &Row<'_>) -> rusqlite::Result<Vec<u32>> {
    let chunk: u32 = row.get(3)?;
    let members = Chunk::from_bytes(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?);
    Ok(members.places().map(|place| chunk * 4096 + u32::from(place)).collect())
}

fn latest(connection: &Connection, meaning: &Meaning, all: &mut All) -> rusqlite::Result<()> {
    let mut find =
        connection.prepare("SELECT product, context, installation, day, hour, counts FROM latest")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let (day, hour): (i32, u8) = (row.get(3)?, row.get(4)?);
        let (id, place) = (meaning.id(row.get(0)?, row.get(2)?), meaning.place(row, 0, 1)?);
        for event in rows::events(row, 5)? {
            let What::Report(cells) = event.what else { continue };
            for cell in cells {
                let (name, by) = (meaning.name(cell.name.into()), meaning.name(cell.cell.into()));
                let number = i64::try_from(cell.number).unwrap_or(i64::MAX);
                all.insert(format!("latest {place} {day}.{hour} {id} {name} {by}"), number);
            }
        }
    }
    Ok(())
}

fn quality(connection: &Connection, meaning: &Meaning, all: &mut All) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT product, context, day, what, n FROM quality")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let (day, what): (i32, String) = (row.get(2)?, row.get(3)?);
        all.insert(format!("quality {} {day} {what}", meaning.place(row, 0, 1)?), row.get(4)?);
    }
    Ok(())
}
