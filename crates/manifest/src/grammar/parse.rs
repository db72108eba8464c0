//! From the text of a manifest to the model: strict, and every problem at once.

use aboveboard_types::printable::is_printable;
use toml::de::{DeTable, DeValue};

use super::item_info::Defaults;
use super::{Diagnostics, Table, events, funnels, items, product, publish, rules, surfaces, tables, value};
use crate::markers::{self, MAX_MANIFEST_BYTES};
use crate::model::{Manifest, Server};
use crate::problem::{Explanation, Problem, SourceText, explain};

/// The version of the grammar that this crate reads.
pub const GRAMMAR: u64 = 1;

/// Reads a manifest. `file` is the name of the file in problems.
///
/// # Errors
/// Every problem there is, in the order of the file: broken TOML, unknown or missing keys, values of the wrong
/// type or out of bounds, and whatever does not fit together. Lints are not among them; see
/// [`Manifest::lints`](crate::Manifest::lints).
pub fn parse(text: &str, file: &str) -> Result<Manifest, Vec<Problem>> {
    // A checkout that ends lines with two characters is the same manifest, under the same hash.
    let source = SourceText { file: file.to_owned(), text: text.replace("\r\n", "\n") };
    let diagnostics = Diagnostics::new(&source);
    if source.text.len() > MAX_MANIFEST_BYTES {
        diagnostics.report(
            &(0..0),
            format!("the file is longer than {MAX_MANIFEST_BYTES} bytes"),
            "no collector takes it, and nobody reviews it",
            "say less about more than one thing, or split the product",
        );
        return Err(diagnostics.into_problems());
    }
    hidden(&diagnostics);
    let (document, broken) = DeTable::parse_recoverable(&source.text);
    for error in &broken {
        let span = error.span().unwrap_or(0..0);
        diagnostics.error(&span, syntax(error.message()));
    }
    if is_newer(&diagnostics, document.get_ref()) {
        return Err(diagnostics.into_problems());
    }
    let table = Table::open(&diagnostics, String::new(), 0..0, document.get_ref(), &tables::ROOT);
    let manifest = root(&table);
    if let Some(manifest) = &manifest {
        rules::check(&diagnostics, manifest);
    }
    let problems = diagnostics.into_problems();
    match manifest {
        Some(manifest) if problems.is_empty() => Ok(Manifest { source, ..manifest }),
        _ => Err(problems),
    }
}

/// Comments and texts are read by people: nothing in them may be hidden or stand elsewhere than it seems to.
fn hidden(diagnostics: &Diagnostics<'_>) {
    let text = &diagnostics.source.text;
    let mut hidden = text.char_indices().filter(|(_, c)| !is_printable(*c) && !matches!(c, '\n' | '\t'));
    if let Some((at, c)) = hidden.next() {
        diagnostics.report(
            &(at..at + c.len_utf8()),
            value::hides(c),
            "who reviews the file would not see what it says",
            "remove the character",
        );
    }
    let markers = [markers::EMBEDDED, markers::SEALED];
    if let Some((at, marker)) = markers.iter().find_map(|marker| Some((text.find(marker)?, marker))) {
        diagnostics.report(
            &(at..at + marker.len()),
            format!("`{}` marks the manifest in a program", marker.trim_end()),
            "`aboveboard inspect` would take what follows for another manifest",
            "spell it in another way",
        );
    }
}

fn syntax(message: &str) -> Explanation {
    if message.contains("duplicate key") {
        return explain("duplicate key", "each key has one meaning", "remove one of the two");
    }
    explain(
        format!("this is not TOML: {}", message.lines().next().unwrap_or(message)),
        "what cannot be read cannot be reviewed",
        "see https://toml.io for the spelling",
    )
}

/// A newer grammar may mean other things by the same keys, so nothing else about the file is reported.
fn is_newer(diagnostics: &Diagnostics<'_>, document: &DeTable<'_>) -> bool {
    let found = document.iter().find(|(key, _)| key.get_ref() == "grammar");
    let Some((_, value)) = found else { return false };
    let DeValue::Integer(integer) = value.get_ref() else { return false };
    match u64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(version) if version > GRAMMAR => {
            diagnostics.report(
                &value.span(),
                format!("the file is written in grammar {version}; this program reads grammar {GRAMMAR}"),
                "a newer grammar may mean other things by the same keys",
                "use a newer aboveboard for this file",
            );
            true
        }
        _ => false,
    }
}

fn root(table: &Table<'_, '_, '_>) -> Option<Manifest> {
    // Everything is read before anything is given up, so that all problems are reported at once.
    let grammar = table.number("grammar");
    let product = table.table("product").map(|table| product::product(&table));
    let consent = table.table("consent").map(|table| product::consent(&table));
    let defaults = Defaults::read(table.table("defaults").as_ref());
    let settings = table.table("settings").map(|table| product::settings(&table)).unwrap_or_default();
    let server = table.table("server").map(|table| product::server(&table));
    let counts = table.each("counts", |name, table| items::count(name, table, &defaults));
    let timings = table.each("timings", |name, table| items::timing(name, table, &defaults));
    let cli = table.table("cli").map(|table| surfaces::cli(&table, &defaults));
    let console = table.table("console").map(|table| surfaces::console(&table, &defaults));
    let events = table.each("events", |name, table| events::event(name, table, &defaults));
    let funnels = table.each("funnels", funnels::funnel);
    let publish = table.table("publish").map(|table| publish::publish(&table));
    grammar?;
    Some(Manifest {
        product: product??,
        consent: consent?,
        server: server.unwrap_or(Some(Server { every: 86_400 }))?,
        settings,
        counts: counts?,
        timings: timings?,
        cli: cli.map_or(Some(None), |cli| cli.map(Some))?,
        console: console.map_or(Some(None), |console| console.map(Some))?,
        events: events?,
        funnels: funnels?,
        publish: publish.map_or(Some(None), |publish| publish.map(Some))?,
        hash: crate::embedded::hash_of(&table.diagnostics.source.text),
        sealed: false,
        release: false,
        source: table.diagnostics.source.clone(),
    })
}
