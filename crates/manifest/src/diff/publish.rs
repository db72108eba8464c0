//! What is published.

use super::change::{Change, ChangeKind};
use crate::spelling::literals;
use crate::{Publish, PublishTable};

pub(super) fn changes(old: Option<&Publish>, new: Option<&Publish>) -> Vec<Change> {
    let change = |kind, detail: String| Change { kind, item: "publish".to_owned(), detail };
    match (old, new) {
        (None, None) => Vec::new(),
        (None, Some(new)) => {
            let tables = match names(&new.tables) {
                tables if tables.is_empty() => String::new(),
                tables => format!(" and {tables}"),
            };
            let detail = format!(
                "figures are published each {}: how many installations there are{tables}: {}",
                new.every.name(),
                new.why
            );
            vec![change(ChangeKind::Widened, detail)]
        }
        (Some(_), None) => vec![change(ChangeKind::Narrowed, "no figures are published any more".to_owned())],
        (Some(old), Some(new)) => between(old, new),
    }
}

fn between(old: &Publish, new: &Publish) -> Vec<Change> {
    let mut all = Vec::new();
    let mut add = |kind, key: &str, detail: String| {
        all.push(Change { kind, item: format!("publish.{key}"), detail });
    };
    if old.every != new.every {
        // More often is more.
        let kind = ChangeKind::widened_if(new.every.months() < old.every.months());
        add(kind, "every", format!("each {}, was each {}", new.every.name(), old.every.name()));
    }
    let missing = |from: &[PublishTable], of: &[PublishTable]| -> Vec<PublishTable> {
        of.iter().filter(|table| !from.contains(table)).cloned().collect()
    };
    for (kind, tables, word) in [
        (ChangeKind::Widened, missing(&old.tables, &new.tables), "with"),
        (ChangeKind::Narrowed, missing(&new.tables, &old.tables), "without"),
    ] {
        if !tables.is_empty() {
            add(kind, "tables", format!("{word} {}", names(&tables)));
        }
    }
    let is_same = old.tables.len() == new.tables.len() && missing(&old.tables, &new.tables).is_empty();
    if is_same && old.tables != new.tables {
        add(ChangeKind::Reworded, "tables", "the tables stand in another order".to_owned());
    }
    for (kind, key, old, new) in [
        (ChangeKind::Restated, "why", &*old.why, &*new.why),
        (ChangeKind::Reworded, "licence", old.licence.spdx(), new.licence.spdx()),
    ] {
        if old != new {
            add(kind, key, format!("{new:?}, was {old:?}"));
        }
    }
    if old.site != new.site {
        // Every document of a log states its address.
        let detail = format!(
            "{:?}, was {:?}; what was published there stays, and another log begins",
            new.site, old.site
        );
        add(ChangeKind::Reworded, "site", detail);
    }
    let keys = |from: &[String], of: &[String]| -> Vec<String> {
        of.iter().filter(|key| !from.contains(key)).cloned().collect()
    };
    for (keys, does) in [
        (keys(&old.keys, &new.keys), "signs from this revision on"),
        (keys(&new.keys, &old.keys), "is no longer trusted by programs from this revision on"),
    ] {
        for key in keys {
            add(ChangeKind::Reworded, "keys", format!("`{key}` {does}"));
        }
    }
    all
}

fn names(tables: &[PublishTable]) -> String {
    literals(&tables.iter().map(ToString::to_string).collect::<Vec<_>>())
}
