//! The catalog: what is tracked, in one SQLite file.

mod change;
mod connection;
mod counts;
mod error;
mod metadata;
mod migrations;
mod state_store;
#[cfg(test)]
mod tests;

use change::{added, removed};

pub use change::{Change, Origin, PermissionKind, Relation, RelationKind};
pub use connection::Catalog;
pub use error::CatalogError;
pub use metadata::{EventTrigger, Metadata, Permission, Relationship, RemoteSchema, Table};
pub use migrations::{AppliedMigration, Direction, Migration};
