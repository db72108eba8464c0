//! Layouts and counts that tests make up.

use aboveboard_store::contributions::{Layout, LayoutGroup, LayoutTable, Subject, TableForm};
use aboveboard_types::declaration::Component;

use crate::publish::TrueCounts;

/// A headline whose tables are partitions of these sizes.
pub(super) fn headline(sizes: &[usize]) -> LayoutGroup {
    let mut tables = vec![table("active", Subject::Active, TableForm::Number, 1)];
    for (index, size) in sizes.iter().enumerate() {
        tables.push(table(&format!("part{index}"), Subject::Platform, TableForm::Partition, *size));
    }
    LayoutGroup {
        name: "headline".to_owned(),
        components: vec![Component::Server, Component::Cli],
        at_most: u32::try_from(tables.len()).unwrap(),
        tables,
    }
}

/// A table whose cells have the names 0, 1, 2 …
pub(super) fn table(name: &str, subject: Subject, form: TableForm, cells: usize) -> LayoutTable {
    let cells = (0..cells).map(|cell| cell.to_string()).collect();
    LayoutTable { name: name.to_owned(), subject, form, cells }
}

/// Counts of a headline alone: each table shares out the total, the first cells get the most.
pub(super) fn counts(layout: &Layout, total: u64) -> TrueCounts {
    let mut cells = Vec::new();
    for (_, table, _) in layout.tables() {
        let mut left = total;
        for _ in 1..table.cells.len() {
            let part = left / 2;
            cells.push(part);
            left -= part;
        }
        cells.push(left);
    }
    TrueCounts { cells, counted: Vec::new() }
}
