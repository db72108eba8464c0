//! The catalog stores what makes its servers one installation, in a table of its own.

use aboveboard::server::{StateStore, StateStoreError};
use rusqlite::{OptionalExtension as _, params};

use super::connection::Catalog;

impl StateStore for Catalog {
    async fn load(&self, name: &'static str) -> Result<Option<String>, StateStoreError> {
        let sql = "SELECT value FROM telemetry WHERE name = ?1";
        Ok(self.within(move |on| Ok(on.query_row(sql, [name], |row| row.get(0)).optional()?)).await?)
    }

    async fn swap(
        &self,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<bool, StateStoreError> {
        let changed = self.within(move |on| {
            Ok(match (before, after) {
                (None, None) => {
                    usize::from(!on.prepare("SELECT 1 FROM telemetry WHERE name = ?1")?.exists([name])?)
                }
                (None, Some(after)) => on.execute(
                    "INSERT INTO telemetry (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    params![name, after],
                )?,
                (Some(before), Some(after)) => on.execute(
                    "UPDATE telemetry SET value = ?3 WHERE name = ?1 AND value = ?2",
                    params![name, before, after],
                )?,
                (Some(before), None) => {
                    on.execute("DELETE FROM telemetry WHERE name = ?1 AND value = ?2", params![name, before])?
                }
            })
        });
        Ok(changed.await? == 1)
    }
}
