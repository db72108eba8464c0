//! From the text of a manifest to the model: strict, and every problem at once.

pub(crate) mod form;
mod items;
pub(crate) mod name;
mod reader;
mod rules;
pub(crate) mod value;

use toml::de::DeTable;

use crate::model::{Consent, Manifest, Product, Server, Setting, Settings};
use crate::problem::{Problem, Sheet, words};
use crate::units;
use reader::{Reader, Rows};

/// The version of the grammar that this crate reads.
pub const GRAMMAR: u64 = 1;

/// Reads a manifest. `file` is the name that problems tell.
///
/// # Errors
/// Every problem there is, in the order of the file: broken TOML, unknown or missing keys, values of the wrong
/// type or out of bounds, and whatever does not fit together. Lints are not among them; see
/// [`Manifest::lints`](crate::Manifest::lints).
pub fn parse(text: &str, file: &str) -> Result<Manifest, Vec<Problem>> {
    let sheet = Sheet { file: file.to_owned(), text: text.to_owned() };
    let reader = Reader::new(&sheet);
    let (document, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        let span = error.span().unwrap_or(0..0);
        reader.error(&span, syntax(error.message()));
    }
    if newer(&reader, document.get_ref()) {
        return Err(reader.problems());
    }
    let rows = reader.open(String::new(), 0..0, document.get_ref(), &form::ROOT);
    let manifest = root(&rows);
    if let Some(manifest) = &manifest {
        rules::check(&reader, manifest);
    }
    let problems = reader.problems();
    match manifest {
        Some(manifest) if problems.is_empty() => Ok(Manifest { sheet, ..manifest }),
        _ => Err(problems),
    }
}

fn syntax(message: &str) -> crate::problem::Words {
    if message.contains("duplicate key") {
        return words("this key stands twice", "each key has one meaning", "remove one of the two");
    }
    words(
        format!("this is not TOML: {}", message.lines().next().unwrap_or(message)),
        "what cannot be read cannot be reviewed",
        "see https://toml.io for the spelling",
    )
}

/// A newer grammar may mean other things by the same keys, so nothing else about the file is told.
fn newer(reader: &Reader<'_>, document: &DeTable<'_>) -> bool {
    let found = document.iter().find(|(key, _)| key.get_ref() == "grammar");
    let Some((_, value)) = found else { return false };
    let toml::de::DeValue::Integer(integer) = value.get_ref() else { return false };
    match u64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(version) if version > GRAMMAR => {
            reader.error(
                &value.span(),
                words(
                    format!("the file is written in grammar {version}; this program reads grammar {GRAMMAR}"),
                    "a newer grammar may mean other things by the same keys",
                    "use a newer aboveboard for this file",
                ),
            );
            true
        }
        _ => false,
    }
}

fn root(rows: &Rows<'_, '_, '_>) -> Option<Manifest> {
    // Everything is read before anything is given up, so that all problems are told at once.
    let grammar = rows.number("grammar");
    let product = rows.table("product").map(|rows| product(&rows));
    let consent = rows.table("consent").map(|rows| consent(&rows));
    let defaults = items::Defaults::read(rows.table("defaults").as_ref());
    let settings = rows.table("settings").map(|rows| settings(&rows)).unwrap_or_default();
    let server = rows.table("server").map(|rows| server(&rows));
    let counts = items::all(rows, "counts", |name, rows| items::count(name, rows, &defaults));
    let timings = items::all(rows, "timings", |name, rows| items::timing(name, rows, &defaults));
    let cli = rows.table("cli").map(|rows| items::cli(&rows, &defaults));
    let console = rows.table("console").map(|rows| items::console(&rows, &defaults));
    let events = items::all(rows, "events", |name, rows| items::event(name, rows, &defaults));
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
        hash: crate::hash::of(&rows.reader.sheet.text),
        sheet: rows.reader.sheet.clone(),
    })
}

fn product(rows: &Rows<'_, '_, '_>) -> Option<Product> {
    let (id, name, revision) = (rows.text("id"), rows.text("name"), rows.number("revision"));
    let (endpoint, ingest_key) = (rows.text("endpoint"), rows.text("ingest-key"));
    let (controller, contact) = (rows.text("controller"), rows.text("contact"));
    let (policy, hosting) = (rows.text("policy"), rows.text("hosting"));
    let (retention, family) = (rows.text("retention"), rows.text("family"));
    let recipients = rows.text("recipients");
    Some(Product {
        id: id?,
        name: name?,
        revision: u32::try_from(revision?).ok()?,
        endpoint: endpoint?,
        ingest_key: ingest_key?,
        controller: controller?,
        contact: contact?,
        policy,
        hosting: hosting?,
        retention_days: units::retention_days(retention.as_deref()?)?,
        retention: retention?,
        family,
        recipients,
    })
}

fn consent(rows: &Rows<'_, '_, '_>) -> Consent {
    let policy = |name| rows.text(name).and_then(|text| items::policy(&text));
    Consent { server: policy("server"), cli: policy("cli"), app: policy("app") }
}

fn settings(rows: &Rows<'_, '_, '_>) -> Settings {
    let setting = |name| {
        let Some(rows) = rows.table(name) else { return Setting::default() };
        let flag = rows.number("flag").is_some();
        Setting { flag, config_file: rows.text("config-file"), dialogue: rows.text("dialogue") }
    };
    Settings { server: setting("server"), cli: setting("cli"), app: setting("app") }
}

fn server(rows: &Rows<'_, '_, '_>) -> Option<Server> {
    const MINUTE: u64 = 60;
    const MONTH: u64 = 30 * 86_400;
    let seconds = rows.number("every")? / 1_000;
    if (MINUTE..=MONTH).contains(&seconds) {
        return Some(Server { every: seconds });
    }
    rows.reader.error(
        &rows.span_of("every"),
        words(
            "`every` must lie between `1m` and `30d`",
            "more often is surveillance, less often is never",
            "write `every = \"24h\"`",
        ),
    );
    None
}

#[cfg(test)]
mod tests;
