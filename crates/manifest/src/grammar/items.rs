//! The counts and timings of a server's report.

use super::DEFAULT_RATE;
use super::item_info::{Defaults, item_info};
use super::table::Table;
use crate::model::{Chart, Count, Timing};

pub(super) fn count(name: String, table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<Count> {
    let info = item_info(table, defaults);
    let by = table.texts("by").unwrap_or_default();
    let edges = table.numbers("edges").unwrap_or_default();
    table.require_distinct_entries("by", "by", &by);
    let is_distribution = info.as_ref().is_some_and(|info| info.chart == Chart::Distribution);
    if info.is_some() && is_distribution != table.has("edges") {
        let (what, remedy) = if is_distribution {
            ("a distribution needs `edges`", "write `edges = [1, 10, 100, 1000]`")
        } else {
            ("`edges` is given without `chart = \"distribution\"`", "remove `edges` or choose that chart")
        };
        table.report(what, "the edges define which sizes are distinguished", remedy);
    }
    let is_exact = table.has("exact");
    if is_exact && !table.has("edges") || table.has("exact-why") && !is_exact {
        table.report(
            "`exact` is about a count with `edges`, and `exact-why` about `exact`",
            "a count without edges travels as it is",
            "write `edges`, `exact = true` and `exact-why`, or none of the last two",
        );
    }
    Some(Count {
        name,
        info: info?,
        by,
        edges,
        is_exact,
        exact_why: table.text("exact-why"),
        unit: table.text("unit"),
        was: table.texts("was").unwrap_or_default(),
        by_was: table.splits("by-was").unwrap_or_default(),
    })
}

pub(super) fn timing(name: String, table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<Timing> {
    let info = item_info(table, defaults);
    let by = table.splits("by");
    let parts = table.texts("parts").unwrap_or_default();
    let mut names: Vec<_> = by.iter().flatten().map(|(name, _)| (&**name, table.span_of("by"))).collect();
    names.extend(parts.iter().map(|part| (&**part, table.span_of("parts"))));
    table.require_distinct("by` and `parts", &names);
    for (name, span) in &names {
        if matches!(*name, "from" | "count" | "total" | "kind" | "took") {
            table.diagnostics.report(
                span,
                format!("`{name}` cannot be the name of a list or part of a timing"),
                "the wire or the generated code uses it for the edge, the number or the time of the requests",
                "choose another name",
            );
        }
    }
    for (name, list) in by.iter().flatten() {
        table.require_distinct_entries(name, "by", list);
    }
    let rate = table.number("rate").unwrap_or(DEFAULT_RATE);
    Some(Timing { name, info: info?, by: by?, edges: table.numbers("edges")?, parts, rate })
}
