//! In what two answers to the same statement may differ. The list is complete: any other difference is one too many, and an exception that no
//! statement of a run needs is too.

use super::pair::Pair;
use super::rows::Row;

/// What may differ.
#[derive(Debug)]
pub(super) struct Exception {
    /// What is told of it.
    pub(super) what: &'static str,
    /// Whether it holds for what was answered.
    pub(super) allows: fn(&Pair<'_>) -> bool,
}

/// All of them.
pub(super) const EXCEPTIONS: [Exception; 4] = [
    // Parts are read at once, and groups come as they lie in a hash table.
    Exception { what: "the same rows in an order that is not asked for", allows: same_rows },
    Exception { what: "version()", allows: versions },
    // Two servers were never started in the same second.
    Exception { what: "uptime()", allows: same_but_for_uptime },
    // One says that it has none, the other one that it has no table which shows what is there.
    Exception { what: "an error for want of ZooKeeper", allows: no_zookeeper },
];

fn same_rows(pair: &Pair<'_>) -> bool {
    if !pair.statement.is_question() {
        return false;
    }
    let Some((columns, mut old, mut new)) = pair.rows() else { return false };
    for name in pair.statement.order() {
        let Some(number) = columns.iter().position(|column| column.name == name) else { return false };
        let values = |rows: &[Row]| rows.iter().map(|row| row[number].clone()).collect::<Vec<_>>();
        if values(&old) != values(&new) {
            return false;
        }
    }
    old.sort_unstable();
    new.sort_unstable();
    old == new
}

fn versions(pair: &Pair<'_>) -> bool {
    let both = [(pair.old, "18.16."), (pair.new, "26.")];
    pair.statement.text() == "SELECT version()"
        && both
            .iter()
            .all(|(answer, version)| answer.is_success && answer.body.starts_with(version.as_bytes()))
}

fn same_but_for_uptime(pair: &Pair<'_>) -> bool {
    if !pair.statement.text().contains("uptime()") {
        return false;
    }
    let Some((columns, mut old, mut new)) = pair.rows() else { return false };
    for (number, column) in columns.iter().enumerate() {
        if column.name.contains("uptime()") {
            old.iter_mut().chain(&mut new).for_each(|row| row[number].clear());
        }
    }
    old == new
}

fn no_zookeeper(pair: &Pair<'_>) -> bool {
    let errors = [pair.old.error(), pair.new.error()];
    pair.statement.text().contains(" FROM system.zookeeper ")
        && errors.iter().all(|error| error.is_some_and(|number| [60, 225].contains(&number)))
}
