//! Taking out what is made up.

use std::collections::HashMap;

use aboveboard_types::envelope::{Mark, Marks};
use rusqlite::{Result, Transaction, params};

use super::erase::{self, Line};
use super::removal::RemovalKind;
use super::{query, receipts, versions};
use crate::chunk::Members;

/// Notes every installation of a product that was only ever seen in synthetic batches for removal, and deletes what was
/// noted of such batches. One that also sent something real stays as it is.
pub(super) fn synthetic(transaction: &Transaction<'_>, product: u32) -> Result<()> {
    let sql = "SELECT id, marks FROM context WHERE product = ?1";
    let contexts: HashMap<u32, bool> = query::list(transaction, sql, [product], |row| {
        Ok((row.get(0)?, Marks::from_bits(row.get(1)?).has(Mark::Synthetic)))
    })?;
    let mut made_up = Members::default();
    let mut real = Members::default();
    let sql = "SELECT context, chunk, members FROM active WHERE product = ?1";
    query::each(transaction, sql, [product], |row| {
        let is_synthetic = contexts.get(&row.get(0)?).copied().unwrap_or(false);
        let set = if is_synthetic { &mut made_up } else { &mut real };
        set.chunk(row.get(1)?).unite_bytes(row.get_ref(2)?.as_blob()?);
        Ok(())
    })?;
    made_up.subtract(&real);
    take_out(transaction, product, &made_up, RemovalKind::Clearing)?;
    for table in ["quality", "closed"] {
        let sql = format!(
            "DELETE FROM {table} WHERE product = ?1 AND context IN \
             (SELECT id FROM context WHERE product = ?1 AND marks & ?2 <> 0)"
        );
        let synthetic = Marks::default().with(Mark::Synthetic).bits();
        query::execute(transaction, &sql, params![product, synthetic])?;
    }
    receipts::clear_synthetic(transaction, product)?;
    versions::find_first_days(transaction, product)
}

/// Takes installations of a product out that have these numbers.
pub(super) fn take_out(
    transaction: &Transaction<'_>,
    product: u32,
    members: &Members,
    kind: RemovalKind,
) -> Result<()> {
    let sql = format!("SELECT {} FROM installation WHERE product = ?1", Line::COLUMNS);
    let mut lines: Vec<Line> = Vec::new();
    query::each(transaction, &sql, [product], |row| {
        let number = row.get(Line::NUMBER)?;
        if members.has(number) {
            lines.push(Line::from_columns(row)?);
        }
        Ok(())
    })?;
    erase::take_out(transaction, product, &lines, kind)
}

#[cfg(test)]
mod tests {
    use aboveboard_store::entry::{Clearing, LogEntry};
    use aboveboard_store::{EntryRange, Store as _};
    use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, manifests, placed};

    use crate::{Expect, open};

    #[test]
    fn clearing_synthetic_data_leaves_everything_as_if_it_had_never_been_sent() {
        const SYNTHETIC: &str = "\"synthetic\"";
        let directory = tempfile::tempdir().unwrap();
        let manifests = manifests();
        let real = [
            Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 90_000)]),
            Sketch::new(2, 2, &[(REPORT, 5)]),
            Sketch { marks: "\"test\"", ..Sketch::new(3, 3, &[(SUCCESS, 5)]) },
        ];
        let made_up = [
            Sketch { marks: SYNTHETIC, ..Sketch::new(4, 4, &[(SUCCESS, 5), (SUCCESS, 90_000)]) },
            Sketch { marks: SYNTHETIC, ..Sketch::new(5, 5, &[(REPORT, 5)]) },
        ];
        let clearing = LogEntry::Clearing(Clearing { product: "quarry".to_owned(), received: NOW });
        let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
        let entries: Vec<_> = real.iter().map(Sketch::entry).collect();
        store.apply(&EntryRange::new(&placed(&entries), end(3), &manifests)).unwrap();
        let before = store.dump_for_comparison().unwrap();
        // All in one run, so that what it gathered before the clearing is taken out too.
        let mut entries: Vec<_> = made_up.iter().map(Sketch::entry).collect();
        entries.push(clearing.clone());
        let run: Vec<_> = entries.into_iter().zip(3..).map(|(entry, at)| (end(at), entry)).collect();
        let applied = store.apply(&EntryRange::new(&run, end(6), &manifests)).unwrap();
        assert_eq!(applied.cleared, 2);
        assert_eq!(store.dump_for_comparison().unwrap(), before);
        let again = store.apply(&EntryRange::new(&[(end(6), clearing)], end(7), &manifests)).unwrap();
        assert_eq!(again.cleared, 0);
        // Nobody was forgotten: the same installation may come again.
        let back = Sketch { marks: SYNTHETIC, ..Sketch::new(6, 4, &[(SUCCESS, 5)]) };
        let applied = store.apply(&EntryRange::new(&[(end(7), back.entry())], end(8), &manifests)).unwrap();
        assert_eq!((applied.events, applied.erased), (1, 0));
    }
}
