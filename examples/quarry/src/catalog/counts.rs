//! How many of each: what the server tells in its report.

use super::{Catalog, CatalogError};

/// How many of each the catalog holds, over all sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they count")]
pub struct Tally {
    pub tables: u64,
    pub views: u64,
    pub manual_relationships: u64,
    pub automatic_relationships: u64,
    pub select_permissions: u64,
    pub insert_permissions: u64,
    pub update_permissions: u64,
    pub delete_permissions: u64,
    pub roles: u64,
    pub event_triggers: u64,
    pub remote_schemas: u64,
}

const SQL: &str = "SELECT
    (SELECT count(*) FROM relations WHERE kind = 'table'),
    (SELECT count(*) FROM relations WHERE kind = 'view'),
    (SELECT count(*) FROM relationships WHERE origin = 'manual'),
    (SELECT count(*) FROM relationships WHERE origin = 'automatic'),
    (SELECT count(*) FROM permissions WHERE kind = 'select'),
    (SELECT count(*) FROM permissions WHERE kind = 'insert'),
    (SELECT count(*) FROM permissions WHERE kind = 'update'),
    (SELECT count(*) FROM permissions WHERE kind = 'delete'),
    (SELECT count(DISTINCT role) FROM permissions),
    (SELECT count(*) FROM event_triggers),
    (SELECT count(*) FROM remote_schemas)";

impl Catalog {
    /// Counts everything at one moment.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tally(&self) -> Result<Tally, CatalogError> {
        let read = |row: &rusqlite::Row<'_>| {
            let number = |column: usize| row.get::<_, u32>(column).map(u64::from);
            Ok(Tally {
                tables: number(0)?,
                views: number(1)?,
                manual_relationships: number(2)?,
                automatic_relationships: number(3)?,
                select_permissions: number(4)?,
                insert_permissions: number(5)?,
                update_permissions: number(6)?,
                delete_permissions: number(7)?,
                roles: number(8)?,
                event_triggers: number(9)?,
                remote_schemas: number(10)?,
            })
        };
        self.within(move |on| Ok(on.query_row(SQL, [], read)?)).await
    }
}
