//! How many of each: what the server reports.

use rusqlite::Row;

use super::{Catalog, CatalogError};
use crate::telemetry::Counts;
use crate::telemetry::counts::{Permissions, Relationships};

const SQL: &str = "SELECT
    (SELECT count(*) FROM relations WHERE kind = 'table') AS tables,
    (SELECT count(*) FROM relations WHERE kind = 'view') AS views,
    (SELECT count(*) FROM relationships WHERE origin = 'manual') AS manual,
    (SELECT count(*) FROM relationships WHERE origin = 'automatic') AS automatic,
    (SELECT count(*) FROM permissions WHERE kind = 'select') AS selects,
    (SELECT count(*) FROM permissions WHERE kind = 'insert') AS inserts,
    (SELECT count(*) FROM permissions WHERE kind = 'update') AS updates,
    (SELECT count(*) FROM permissions WHERE kind = 'delete') AS deletes,
    (SELECT count(DISTINCT role) FROM permissions) AS roles,
    (SELECT count(*) FROM event_triggers) AS event_triggers,
    (SELECT count(*) FROM remote_schemas) AS remote_schemas";

impl Catalog {
    /// Counts everything at one moment, over all sources.
    ///
    /// # Errors
    /// The database failed.
    pub async fn counts(&self) -> Result<Counts, CatalogError> {
        self.within(|on| Ok(on.query_row(SQL, [], read)?)).await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Counts> {
    let number = |column: &str| row.get::<_, u32>(column).map(u64::from);
    Ok(Counts {
        tables: number("tables")?,
        views: number("views")?,
        relationships: Relationships { manual: number("manual")?, automatic: number("automatic")? },
        permissions: Permissions {
            select: number("selects")?,
            insert: number("inserts")?,
            update: number("updates")?,
            delete: number("deletes")?,
        },
        roles: number("roles")?,
        event_triggers: number("event_triggers")?,
        remote_schemas: number("remote_schemas")?,
    })
}
