//! The whole catalog as one document: what `metadata export` writes and `metadata apply` sends.

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogError, Change, Origin, PermissionKind, Relation, RelationKind};

/// The whole catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// Tracked tables and views, by source, schema and name.
    pub tables: Vec<Table>,
    /// Remote schemas, by name.
    pub remote_schemas: Vec<RemoteSchema>,
}

/// A tracked table or view with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct Table {
    pub table: Relation,
    pub kind: RelationKind,
    #[serde(default)]
    pub relationships: Vec<Relationship>,
    #[serde(default)]
    pub permissions: Vec<Permission>,
    #[serde(default)]
    pub event_triggers: Vec<EventTrigger>,
}

/// A relationship from one table to another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct Relationship {
    pub name: String,
    pub target: String,
    pub origin: Origin,
}

/// What a role may do with a table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct Permission {
    pub role: String,
    pub kind: PermissionKind,
}

/// A webhook that is called when rows change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct EventTrigger {
    pub name: String,
    pub webhook: String,
}

/// A schema that another server provides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub struct RemoteSchema {
    pub name: String,
    pub url: String,
}

impl Catalog {
    /// The whole catalog.
    ///
    /// # Errors
    /// The database failed.
    pub async fn export(&self) -> Result<Metadata, CatalogError> {
        self.within(read).await
    }

    /// Replaces everything that is tracked by this document, completely or not at all.
    ///
    /// # Errors
    /// The document names something twice, or the database failed.
    pub async fn replace(&self, metadata: Metadata) -> Result<(), CatalogError> {
        self.within(move |on| {
            on.execute_batch("DELETE FROM relations; DELETE FROM remote_schemas;")?;
            metadata.into_changes().iter().try_for_each(|change| change.make(on))
        })
        .await
    }
}

impl Metadata {
    /// The changes that make this catalog from an empty one.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for Table { table, kind, relationships, permissions, event_triggers } in self.tables {
            let relation = || table.clone();
            changes.push(Change::TrackTable { table: relation(), kind });
            changes.extend(relationships.into_iter().map(|Relationship { name, target, origin }| {
                Change::AddRelationship { table: relation(), name, target, origin }
            }));
            changes.extend(permissions.into_iter().map(|Permission { role, kind }| Change::AddPermission {
                table: relation(),
                role,
                kind,
            }));
            changes.extend(event_triggers.into_iter().map(|EventTrigger { name, webhook }| {
                Change::CreateEventTrigger { table: relation(), name, webhook }
            }));
        }
        let remote = self.remote_schemas.into_iter();
        changes.extend(remote.map(|RemoteSchema { name, url }| Change::AddRemoteSchema { name, url }));
        changes
    }
}

fn read(on: &Transaction<'_>) -> Result<Metadata, CatalogError> {
    let sql = "SELECT id, source, schema, name, kind FROM relations ORDER BY source, schema, name";
    let mut statement = on.prepare(sql)?;
    let relations = statement.query_map([], |row| {
        let table = Relation { source: row.get(1)?, schema: row.get(2)?, name: row.get(3)? };
        Ok((row.get::<_, i64>(0)?, table, row.get::<_, RelationKind>(4)?))
    })?;
    let tables = relations.map(|relation| {
        let (id, table, kind) = relation?;
        read_table(on, id, table, kind)
    });
    let tables = tables.collect::<Result<_, rusqlite::Error>>()?;
    let mut statement = on.prepare("SELECT name, url FROM remote_schemas ORDER BY name")?;
    let remote = statement.query_map([], |row| Ok(RemoteSchema { name: row.get(0)?, url: row.get(1)? }))?;
    Ok(Metadata { tables, remote_schemas: remote.collect::<Result<_, _>>()? })
}

fn read_table(
    on: &Transaction<'_>,
    id: i64,
    table: Relation,
    kind: RelationKind,
) -> Result<Table, rusqlite::Error> {
    let sql = "SELECT name, target, origin FROM relationships WHERE relation = ? ORDER BY name";
    let relationships = rows(on, sql, id, |row| {
        Ok(Relationship { name: row.get(0)?, target: row.get(1)?, origin: row.get(2)? })
    })?;
    let sql = "SELECT role, kind FROM permissions WHERE relation = ? ORDER BY role, kind";
    let permissions = rows(on, sql, id, |row| Ok(Permission { role: row.get(0)?, kind: row.get(1)? }))?;
    let sql = "SELECT name, webhook FROM event_triggers WHERE relation = ? ORDER BY name";
    let event_triggers =
        rows(on, sql, id, |row| Ok(EventTrigger { name: row.get(0)?, webhook: row.get(1)? }))?;
    Ok(Table { table, kind, relationships, permissions, event_triggers })
}

fn rows<T>(
    on: &Transaction<'_>,
    sql: &str,
    relation: i64,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    on.prepare_cached(sql)?.query_map([relation], read)?.collect()
}
