//! The metadata document, as far as it is counted.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::telemetry::{Counts, counts};

/// Only the number of these matters, so nothing of them is read.
type Object = serde::de::IgnoredAny;

/// All data sources of one server.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    sources: Vec<Source>,
    remote_schemas: Vec<Object>,
    actions: Vec<Object>,
}

#[derive(Deserialize)]
struct Source {
    kind: String,
    #[serde(default)]
    tables: Vec<Table>,
    #[serde(default)]
    functions: Vec<Object>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Table {
    /// As the database reports it.
    is_view: bool,
    object_relationships: Vec<Relationship>,
    array_relationships: Vec<Relationship>,
    select_permissions: Vec<Object>,
    insert_permissions: Vec<Object>,
    update_permissions: Vec<Object>,
    delete_permissions: Vec<Object>,
    event_triggers: Vec<Object>,
}

#[derive(Deserialize)]
struct Relationship {
    /// `foreign_key_constraint_on` where it was suggested, `manual_configuration` where it was drawn by hand.
    using: BTreeMap<String, Object>,
}

impl Relationship {
    fn is_manual(&self) -> bool {
        self.using.contains_key("manual_configuration")
    }
}

impl Metadata {
    /// The typed counts that the manifest declares, over all data sources, whatever these are called.
    pub(super) fn counts(&self) -> Counts {
        let tables = || self.sources.iter().flat_map(|source| &source.tables);
        let sum = |of: fn(&Table) -> usize| tables().map(of).sum::<usize>() as u64;
        let related = |manual: bool| {
            let all = tables()
                .flat_map(|table| table.object_relationships.iter().chain(&table.array_relationships));
            all.filter(|relationship| relationship.is_manual() == manual).count() as u64
        };
        let kind = |name: &str| self.sources.iter().filter(|source| source.kind == name).count() as u64;
        Counts {
            tables: tables().filter(|table| !table.is_view).count() as u64,
            views: tables().filter(|table| table.is_view).count() as u64,
            relationships: counts::Relationships { manual: related(true), automatic: related(false) },
            permissions: counts::Permissions {
                select: sum(|table| table.select_permissions.len()),
                insert: sum(|table| table.insert_permissions.len()),
                update: sum(|table| table.update_permissions.len()),
                delete: sum(|table| table.delete_permissions.len()),
            },
            event_triggers: sum(|table| table.event_triggers.len()),
            remote_schemas: self.remote_schemas.len() as u64,
            functions: self.sources.iter().map(|source| source.functions.len()).sum::<usize>() as u64,
            actions: self.actions.len() as u64,
            sources: counts::Sources {
                postgres: kind("postgres"),
                citus: kind("citus"),
                cockroach: kind("cockroach"),
                mssql: kind("mssql"),
                bigquery: kind("bigquery"),
                mysql: kind("mysql"),
            },
        }
    }
}
