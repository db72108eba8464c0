//! Taking out what is made up.

use std::collections::HashMap;

use aboveboard_store::installation_set::{InstallationSet, Member};
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction, params};

use super::{erase, query};
use crate::chunk::SetChunk;

/// Deletes every installation of a product that was only ever seen in synthetic batches, and what was noted of such
/// batches. Returns how many installations that were. One that also sent something real stays as it is.
pub(super) fn synthetic(transaction: &Transaction<'_>, product: u32) -> Result<u64> {
    let sql = "SELECT id, marks FROM context WHERE product = ?1";
    let contexts: HashMap<u32, bool> = query::list(transaction, sql, [product], |row| {
        Ok((row.get(0)?, Marks::from_bits(row.get(1)?).has(Mark::Synthetic)))
    })?;
    let mut made_up = InstallationSet::default();
    let mut real = InstallationSet::default();
    let sql = "SELECT context, chunk, members FROM active WHERE product = ?1";
    query::each(transaction, sql, [product], |row| {
        let is_synthetic = contexts.get(&row.get(0)?).copied().unwrap_or(false);
        let members = SetChunk::from_bytes(row.get_ref(2)?.as_blob()?);
        let set = if is_synthetic { &mut made_up } else { &mut real };
        set.unite_block(row.get(1)?, members.words());
        Ok(())
    })?;
    let sql = "SELECT number, id FROM installation WHERE product = ?1";
    let known: Vec<(u32, Vec<u8>)> = query::list(transaction, sql, [product], |row| row.try_into())?;
    let mut cleared = 0;
    for (number, id) in known {
        if made_up.contains(Member(number))
            && !real.contains(Member(number))
            && let Ok(id) = id.try_into()
        {
            erase::installation(transaction, product, Id::from_bytes(id))?;
            cleared += 1;
        }
    }
    for (context, _) in contexts.iter().filter(|(_, is_synthetic)| **is_synthetic) {
        for table in ["quality", "closed"] {
            let sql = format!("DELETE FROM {table} WHERE product = ?1 AND context = ?2");
            query::execute(transaction, &sql, params![product, context])?;
        }
    }
    Ok(cleared)
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
