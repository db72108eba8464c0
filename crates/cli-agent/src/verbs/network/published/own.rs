//! What this installation sent, by its sent log: its last batches.

use std::collections::BTreeSet;

use aboveboard_core::inspect;
use aboveboard_published::publication::Table;
use serde_json::Value;

use crate::verbs::Context;

/// Cells of published tables to which what was sent belongs.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// How many batches the sent log has.
    pub(super) batches: usize,
    cells: BTreeSet<(&'static str, String)>,
}

impl Own {
    /// What the sent log shows; nothing where there is none.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let sent = context.paths.as_ref().map(inspect::sent).unwrap_or_default();
        let batches = sent.iter().filter_map(|batch| serde_json::from_slice(&batch.body).ok());
        Self::of_batches(&batches.collect::<Vec<_>>())
    }

    /// The newest batch comes first, and says what the installation is.
    fn of_batches(batches: &[Value]) -> Self {
        let mut own = Self { batches: batches.len(), cells: BTreeSet::new() };
        if let Some(newest) = batches.first() {
            let text = |key: &str| newest[key].as_str().unwrap_or_default();
            let line = text("version").splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            own.cells.insert(("version", line));
            own.cells.insert(("platform", format!("{}/{}", text("os"), text("arch"))));
            own.cells.insert(("component", text("component").to_owned()));
        }
        for event in batches.iter().flat_map(|batch| batch["events"].as_array()).flatten() {
            if let Some((command, error)) = event["command"].as_str().zip(event["error"].as_bool()) {
                let table = if error { "commands.failing" } else { "commands.worked" };
                own.cells.insert((table, command.to_owned()));
            }
        }
        own
    }

    /// The keys of a table to which something of this installation belongs.
    pub(super) fn keys_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a str> {
        self.cells.iter().filter(move |(of, _)| *of == table).map(|(_, key)| key.as_str())
    }

    /// The keys of a table that have no row of their own: they are among the rest, or are called `other`.
    pub(super) fn without_row<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a str> {
        let has_row = |key: &&str| table.cells.iter().any(|cell| cell.key == *key);
        self.keys_of(&table.name).filter(move |key| !has_row(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_told_by_the_newest_batch_and_by_all_commands() {
        let batch = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let newest = batch(
            r#"{"component":"cli","version":"2.1.0-rc.1","os":"linux","arch":"x86_64","sequence":3,"events":[
               {"kind":"command","time":1,"command":"build","run":"x","error":false},
               {"kind":"command","time":1,"command":"left","run":"x","unfinished":true},
               {"kind":"event","name":"started","time":1}]}"#,
        );
        let older = batch(
            r#"{"component":"cli","version":"1.9.9","os":"macos","arch":"aarch64","events":[
               {"kind":"command","time":1,"command":"catalog lint","run":"x","error":true}]}"#,
        );
        let own = Own::of_batches(&[newest, older]);
        let keys = |table| own.keys_of(table).collect::<Vec<_>>();
        assert_eq!(keys("version"), ["2.1"]);
        assert_eq!(keys("platform"), ["linux/x86_64"]);
        assert_eq!(keys("component"), ["cli"]);
        assert_eq!(keys("commands.worked"), ["build"]);
        assert_eq!(keys("commands.failing"), ["catalog lint"]);
        assert_eq!(own.batches, 2);
        assert_eq!(Own::of_batches(&[]).batches, 0);
    }
}
