//! What every item says of itself, and what it inherits from `[defaults]`.

use super::{Span, Table, listed, name};
use crate::{Allowance, Chart, Date, ItemInfo, lint};

/// Shortest reason for silencing a lint, in bytes: less is no sentence.
const MIN_ALLOWANCE_REASON: usize = 10;

/// `[defaults]`
#[derive(Default)]
pub(super) struct Defaults {
    owner: Option<String>,
    since: Option<Date>,
    until: Option<Option<Date>>,
}

impl Defaults {
    pub(super) fn read(table: Option<&Table<'_, '_, '_>>) -> Self {
        table
            .map(|table| Self {
                owner: table.text("owner"),
                since: table.date("since"),
                until: table.until("until"),
            })
            .unwrap_or_default()
    }
}

/// Of an item that has all keys: `what`, `until` and the rest.
pub(super) fn item_info(table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<ItemInfo> {
    let mut missing = Vec::new();
    let until = inherited(table, "until", table.until("until"), defaults.until, &mut missing);
    read(table, defaults, table.text("what"), until, missing)
}

/// Of the whole surface of a program, which has neither `what` nor `until`.
pub(super) fn surface_info(
    table: &Table<'_, '_, '_>,
    defaults: &Defaults,
    what: &'static str,
) -> Option<ItemInfo> {
    read(table, defaults, Some(what.to_owned()), Some(None), Vec::new())
}

fn read(
    table: &Table<'_, '_, '_>,
    defaults: &Defaults,
    what: Option<String>,
    until: Option<Option<Date>>,
    mut missing: Vec<&'static str>,
) -> Option<ItemInfo> {
    let allow = allow(table);
    let since = inherited(table, "since", table.date("since"), defaults.since, &mut missing);
    let owner = inherited(table, "owner", table.text("owner"), defaults.owner.clone(), &mut missing);
    if !missing.is_empty() {
        let missing = listed(missing.into_iter().rev());
        table.report(
            format!("{missing} missing in `[{}]` and in `[defaults]`", table.path),
            "every item has an owner and dates, so that somebody decides when it has served",
            format!("write {missing} here or in `[defaults]`"),
        );
    }
    let info = ItemInfo {
        what: what?,
        why: table.text("why")?,
        chart: chart(table)?,
        owner: owner?,
        since: since?,
        until: until?,
        allow,
        span: table.span.clone(),
    };
    if info.until.is_some_and(|until| until <= info.since) {
        table.report(
            format!("`{}` ends before it begins", table.path),
            "`until` is the day from which nothing is recorded",
            "write an `until` after `since`",
        );
    }
    Some(info)
}

fn chart(table: &Table<'_, '_, '_>) -> Option<Chart> {
    let text = table.text("chart")?;
    Chart::ALL.iter().find(|(_, name)| *name == text).map(|(chart, _)| *chart)
}

/// The item's own value, else the default. What neither has is noted; a wrong value was reported already.
fn inherited<T>(
    table: &Table<'_, '_, '_>,
    name: &'static str,
    own: Option<T>,
    default: Option<T>,
    missing: &mut Vec<&'static str>,
) -> Option<T> {
    if table.has(name) {
        return own;
    }
    if default.is_none() {
        missing.push(name);
    }
    default
}

pub(super) fn allow(table: &Table<'_, '_, '_>) -> Vec<Allowance> {
    let allowance = |(lint, reason, span): (String, String, Span)| {
        if !lint::names().any(|known| known == lint) {
            let remedy = match name::nearest(&lint, lint::names()) {
                Some(near) => format!("write `{near}`, if that is meant"),
                None => format!("lints are {}", listed(lint::names())),
            };
            let what = format!("there is no lint `{lint}`");
            table.diagnostics.report(&span, what, "what silences nothing misleads", remedy);
        }
        if reason.trim().len() < MIN_ALLOWANCE_REASON {
            table.diagnostics.report(
                &span,
                format!("`{lint}` is silenced without a reason"),
                "a reviewer must be able to judge the exception",
                "say in a sentence why the lint does not hold here",
            );
        }
        Allowance { lint, reason }
    };
    table.pairs("allow").into_iter().flatten().map(allowance).collect()
}
