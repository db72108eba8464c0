//! Single changes: track and untrack, add and drop.

use std::fmt;

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogError};

/// A table or view in a schema of a data source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The data source.
    #[serde(default = "default_source")]
    pub source: String,
    /// The schema.
    #[serde(default = "default_schema")]
    pub schema: String,
    /// The name.
    pub name: String,
}

fn default_source() -> String {
    "default".to_owned()
}

fn default_schema() -> String {
    "public".to_owned()
}

const fn default_kind() -> RelationKind {
    RelationKind::Table
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "relation {}.{}.{}", self.source, self.schema, self.name)
    }
}

/// Declares an enum whose variants are spelled the same in JSON and in SQLite.
macro_rules! spelled {
    ($(#[$outer:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $text:literal),+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// The spelling in JSON and in the database.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_str()? {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(rusqlite::types::FromSqlError::InvalidType),
                }
            }
        }
    };
}

spelled! {
    /// What a relation is.
    RelationKind {
        /// A table.
        Table = "table",
        /// A view.
        View = "view"
    }
}

spelled! {
    /// Where a relationship comes from.
    Origin {
        /// Declared by hand.
        Manual = "manual",
        /// Derived from a foreign key.
        Automatic = "automatic"
    }
}

spelled! {
    /// What a permission allows.
    PermissionKind {
        /// Reading rows.
        Select = "select",
        /// Adding rows.
        Insert = "insert",
        /// Changing rows.
        Update = "update",
        /// Removing rows.
        Delete = "delete"
    }
}

/// One change of the catalog, as `POST /v1/metadata` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type", content = "args", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the changes and their arguments are named after what they do")]
pub enum Change {
    TrackTable {
        #[serde(flatten)]
        table: Relation,
        #[serde(default = "default_kind")]
        kind: RelationKind,
    },
    UntrackTable(Relation),
    AddRelationship {
        table: Relation,
        name: String,
        target: String,
        origin: Origin,
    },
    DropRelationship {
        table: Relation,
        name: String,
    },
    AddPermission {
        table: Relation,
        role: String,
        kind: PermissionKind,
    },
    DropPermission {
        table: Relation,
        role: String,
        kind: PermissionKind,
    },
    CreateEventTrigger {
        table: Relation,
        name: String,
        webhook: String,
    },
    DeleteEventTrigger {
        name: String,
    },
    AddRemoteSchema {
        name: String,
        url: String,
    },
    RemoveRemoteSchema {
        name: String,
    },
}

impl Catalog {
    /// Makes one change, completely or not at all.
    ///
    /// # Errors
    /// What the change names is missing or there already, or the database failed.
    pub async fn change(&self, change: Change) -> Result<(), CatalogError> {
        self.within(move |transaction| change.make(transaction)).await
    }
}

impl Change {
    pub(super) fn make(&self, on: &Transaction<'_>) -> Result<(), CatalogError> {
        match self {
            Self::TrackTable { table, kind } => {
                let sql = "INSERT OR IGNORE INTO relations (source, schema, name, kind) VALUES (?, ?, ?, ?)";
                let row = params![table.source, table.schema, table.name, kind.name()];
                added(on.execute(sql, row)?, || table.to_string())
            }
            Self::UntrackTable(table) => {
                removed(on.execute("DELETE FROM relations WHERE id = ?", [find(on, table)?])?, table)
            }
            Self::AddRelationship { table, name, target, origin } => {
                let sql = "INSERT OR IGNORE INTO relationships VALUES (?, ?, ?, ?)";
                let row = params![find(on, table)?, name, target, origin.name()];
                added(on.execute(sql, row)?, || format!("relationship {name}"))
            }
            Self::DropRelationship { table, name } => {
                let sql = "DELETE FROM relationships WHERE relation = ? AND name = ?";
                removed(on.execute(sql, params![find(on, table)?, name])?, &format!("relationship {name}"))
            }
            Self::AddPermission { table, role, kind } => {
                let sql = "INSERT OR IGNORE INTO permissions VALUES (?, ?, ?)";
                let row = params![find(on, table)?, role, kind.name()];
                added(on.execute(sql, row)?, || format!("{} permission of {role}", kind.name()))
            }
            Self::DropPermission { table, role, kind } => {
                let sql = "DELETE FROM permissions WHERE relation = ? AND role = ? AND kind = ?";
                let row = params![find(on, table)?, role, kind.name()];
                removed(on.execute(sql, row)?, &format!("{} permission of {role}", kind.name()))
            }
            Self::CreateEventTrigger { table, name, webhook } => {
                let sql = "INSERT OR IGNORE INTO event_triggers VALUES (?, ?, ?)";
                let row = params![name, find(on, table)?, webhook];
                added(on.execute(sql, row)?, || format!("event trigger {name}"))
            }
            Self::DeleteEventTrigger { name } => {
                let sql = "DELETE FROM event_triggers WHERE name = ?";
                removed(on.execute(sql, [name])?, &format!("event trigger {name}"))
            }
            Self::AddRemoteSchema { name, url } => {
                let sql = "INSERT OR IGNORE INTO remote_schemas VALUES (?, ?)";
                added(on.execute(sql, [name, url])?, || format!("remote schema {name}"))
            }
            Self::RemoveRemoteSchema { name } => {
                let sql = "DELETE FROM remote_schemas WHERE name = ?";
                removed(on.execute(sql, [name])?, &format!("remote schema {name}"))
            }
        }
    }
}

fn find(on: &Transaction<'_>, table: &Relation) -> Result<i64, CatalogError> {
    let sql = "SELECT id FROM relations WHERE source = ? AND schema = ? AND name = ?";
    let found =
        on.query_row(sql, [&table.source, &table.schema, &table.name], |row| row.get(0)).optional()?;
    found.ok_or_else(|| CatalogError::Missing(table.to_string()))
}

/// The error for a row that was there already.
pub(super) fn added(rows: usize, what: impl FnOnce() -> String) -> Result<(), CatalogError> {
    if rows == 0 { Err(CatalogError::Exists(what())) } else { Ok(()) }
}

/// The error for a row that was not there.
pub(super) fn removed(rows: usize, what: &dyn fmt::Display) -> Result<(), CatalogError> {
    if rows == 0 { Err(CatalogError::Missing(what.to_string())) } else { Ok(()) }
}
