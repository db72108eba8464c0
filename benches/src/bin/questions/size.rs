//! Where the bytes of a store go.

use std::path::Path;

use aboveboard_benches::Outcome;
use rusqlite::{Connection, OpenFlags};

/// Events counted in the roll-ups, which must be as many as were sent.
pub(crate) fn counted(store: &Path) -> Outcome<i64> {
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(connection.query_row("SELECT sum(n) FROM cube WHERE axis <= 5", [], |row| row.get(0))?)
}

/// Prints the bytes of each table with its indexes, those in use, and those of the file.
pub(crate) fn print(store: &Path) -> Outcome<()> {
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let events = counted(store)?;
    let page = number("PRAGMA page_size")?;
    let pages = number("PRAGMA page_count")?;
    let free = number("PRAGMA freelist_count")?;
    let each = |bytes: i64| bytes as f64 / events as f64;
    let mut tables = connection
        .prepare("SELECT name, sum(pgsize), sum(ncell) FROM dbstat GROUP BY name ORDER BY 2 DESC")?;
    let mut found = tables.query([])?;
    println!("{:<24} {:>12} {:>10} {:>12}", "table or index", "bytes", "cells", "bytes/event");
    while let Some(row) = found.next()? {
        let name: String = row.get(0)?;
        let bytes: i64 = row.get(1)?;
        let cells: i64 = row.get(2)?;
        if bytes > 64 * 1024 {
            println!("{name:<24} {bytes:>12} {cells:>10} {:>12.3}", each(bytes));
        }
    }
    println!(
        "{:<24} {:>12} {:>10} {:>12.3}",
        "in use",
        (pages - free) * page,
        "",
        each((pages - free) * page)
    );
    println!("{:<24} {:>12} {:>10} {:>12.3}", "the file", pages * page, "", each(pages * page));
    Ok(())
}
