//! What of the figures is published.

use super::explain::listed;
use super::item_info::allow;
use super::{Diagnostics, Table};
use crate::model::Manifest;
use crate::{Licence, Publish, PublishEvery, PublishTable};

pub(super) fn publish(table: &Table<'_, '_, '_>) -> Option<Publish> {
    let allow = allow(table);
    let every = table.text("every");
    let licence = table.text("licence");
    let tables = if table.has("tables") { table.texts("tables")? } else { Vec::new() };
    Some(Publish {
        why: table.text("why")?,
        every: PublishEvery::ALL.into_iter().find(|(_, name)| every.as_deref() == Some(name))?.0,
        tables: tables.iter().flat_map(|table| table.parse()).collect(),
        licence: Licence::ALL.into_iter().find(|(_, name)| licence.as_deref() == Some(name))?.0,
        site: table.text("site")?,
        keys: table.texts("keys")?,
        allow,
        span: table.span.clone(),
    })
}

/// A table counts installations by something that is declared and recorded by them.
pub(super) fn check(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    let Some(publish) = &manifest.publish else { return };
    keys(diagnostics, publish);
    for table in &publish.tables {
        if !manifest.declares_table(table) {
            undeclared(diagnostics, manifest, publish, table);
        } else if manifest.counted_in(table).is_empty() {
            unattributable(diagnostics, manifest, publish, table);
        } else if manifest.has_no_cells(table) {
            diagnostics.report(
                &publish.span,
                format!("`{table}` has nothing that can be published"),
                "published is how many installations lie between two edges, or have an entry of a list; a bare number of one \
                 installation is not",
                "give a count `edges` or `by`, or take the table out",
            );
        }
    }
}

/// Who signs is named as the log is, by the address of the site; a key of another name may be there while a site moves.
fn keys(diagnostics: &Diagnostics<'_>, publish: &Publish) {
    let log = publish.site.strip_prefix("https://").unwrap_or(&publish.site);
    if !publish.keys.iter().any(|key| key.split('+').next() == Some(log)) {
        diagnostics.report(
            &publish.span,
            format!("no key is named `{log}`"),
            "a list of publications is named by the address of its site, and signed under that name",
            "make one with `aboveboard publish key new`, or write the `site` that the key is named by",
        );
    }
    let material = |key: &String| key.splitn(3, '+').nth(2).map(str::to_owned);
    for (at, key) in publish.keys.iter().enumerate() {
        if publish.keys[..at].iter().any(|other| material(other) == material(key)) {
            diagnostics.report(
                &publish.span,
                format!("the key of `{key}` is listed under two names"),
                "a second key is there to replace the first, and this is the same one",
                "remove one",
            );
        }
    }
}

fn undeclared(diagnostics: &Diagnostics<'_>, manifest: &Manifest, publish: &Publish, table: &PublishTable) {
    let possible: Vec<_> = manifest.publishable_tables().iter().map(ToString::to_string).collect();
    let remedy = match manifest.table_now_called(table) {
        Some(now) => format!("write `{now}`, as it is called now"),
        None if possible.is_empty() => "remove it; nothing that is declared can be published".to_owned(),
        None => format!("remove it; there are {}", listed(possible.iter().map(String::as_str))),
    };
    diagnostics.report(
        &publish.span,
        format!("`{table}` in `tables` is not declared"),
        "users would be told of figures that never come",
        remedy,
    );
}

fn unattributable(
    diagnostics: &Diagnostics<'_>,
    manifest: &Manifest,
    publish: &Publish,
    table: &PublishTable,
) {
    let components: Vec<_> = manifest
        .recorded_by(table)
        .into_iter()
        .filter_map(|component| {
            Some(format!("{} = {:?}", component.name(), manifest.policy(component)?.name()))
        })
        .collect();
    diagnostics.report(
        &publish.span,
        format!("`{table}` cannot be published under {}", listed(components.iter().map(String::as_str))),
        "published figures count installations whose users agreed: a hosted service is one installation for all of its \
         users, and what is off records nothing",
        "take the table out of `tables`",
    );
}
