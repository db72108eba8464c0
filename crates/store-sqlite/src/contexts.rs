//! Contexts as a whole: one beside another, and those without data.

use aboveboard_store::versions::OTHER;
use rusqlite::{Result, Transaction, params};

use super::query;
use super::versions::version_key;

/// The context that differs from another by its version alone, made now if there is none.
pub(super) fn with_version(transaction: &Transaction<'_>, context: u32, version: i64) -> Result<u32> {
    let sql = "INSERT OR IGNORE INTO context SELECT NULL, product, component, ?2, os, arch, marks, 0 FROM context \
               WHERE id = ?1";
    query::execute(transaction, sql, params![context, version])?;
    let sql = "SELECT other.id FROM context JOIN context AS other USING (product, component, os, arch, marks) \
               WHERE context.id = ?1 AND other.version_key = ?2";
    query::value(transaction, sql, params![context, version])
}

/// The version of a context, packed.
pub(super) fn version(transaction: &Transaction<'_>, context: u32) -> Result<u64> {
    let version: i64 = query::value(transaction, "SELECT version_key FROM context WHERE id = ?1", [context])?;
    Ok(u64::try_from(version).unwrap_or(0))
}

/// Deletes the contexts of a product whose version has no name any more and in which nothing is counted. What was noted under one of them is noted under that
/// without its version. The caller forgets what it cached of contexts.
pub(super) fn forget_unused(transaction: &Transaction<'_>, product: u32) -> Result<()> {
    let sql = "SELECT id FROM context WHERE product = ?1 AND version_key <> ?2 \
               AND version_key NOT IN (SELECT version FROM version WHERE product = ?1 AND axis = 0) \
               EXCEPT SELECT context FROM cube WHERE product = ?1 \
               EXCEPT SELECT context FROM active WHERE product = ?1 \
               EXCEPT SELECT context FROM latest WHERE product = ?1 \
               EXCEPT SELECT context FROM closed WHERE product = ?1 \
               EXCEPT SELECT context FROM received WHERE product = ?1";
    let unused: Vec<u32> =
        query::list(transaction, sql, params![product, version_key(OTHER)], |row| row.get(0))?;
    for context in unused {
        let noted = "SELECT EXISTS (SELECT 1 FROM quality WHERE product = ?1 AND context = ?2)";
        if query::value(transaction, noted, params![product, context])? {
            let other = with_version(transaction, context, version_key(OTHER))?;
            let sql = "INSERT INTO quality SELECT product, day, what, ?3, n FROM quality \
                       WHERE product = ?1 AND context = ?2 \
                       ON CONFLICT DO UPDATE SET n = n + excluded.n";
            query::execute(transaction, sql, params![product, context, other])?;
            let sql = "DELETE FROM quality WHERE product = ?1 AND context = ?2";
            query::execute(transaction, sql, params![product, context])?;
        }
        query::execute(transaction, "DELETE FROM context WHERE id = ?1", [context])?;
    }
    Ok(())
}
