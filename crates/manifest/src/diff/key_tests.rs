//! Every key of the grammar: whether users are asked again when its value changes, in the diff and by the digest.

use std::collections::BTreeSet;

use aboveboard_types::scope::Scope;

use super::ChangeKind;
use crate::grammar::definition::{Asks, TableDefinition, ValueType};
use crate::grammar::tables::ROOT;
use crate::{Manifest, parse};

/// A manifest that has every key.
const ALL: &str = r#"grammar = 1
[product]
id = "kiln"
name = "Kiln"
revision = 3
endpoint = "https://telemetry.kiln.example"
ingest-key = "kk_pub"
controller = "Kiln e.V., Berlin"
contact = "privacy@kiln.example"
policy = "https://kiln.example/privacy"
hosting = "DE"
retention = "90 days"
recipients = "nobody"
releases = ["1.2"]
coding-agents = "counted"
family = "potters"
[consent]
server = "notice"
cli = "ask"
app = "ask"
[settings.server]
flag = true
[settings.cli]
config-file = "~/.kiln.toml"
[settings.app]
dialogue = "Settings > Data"
[defaults]
owner = "data@kiln.example"
since = 2026-11-01
until = 2028-11-01
[server]
every = "24h"
[counts.bricks]
what = "bricks"
why = "How many bricks must the shelf bear?"
chart = "distribution"
edges = [5, 50]
exact = true
exact-why = "The notice promises it."
unit = "t"
owner = "bricks@kiln.example"
since = 2026-11-02
until = 2027-11-02
allow = { wide-number = "it is reset each day" }
[counts.tiles]
what = "tiles"
why = "Which tiles are used?"
chart = "distribution"
by = ["red", "blue"]
edges = [5, 50]
[timings.fires]
what = "fires"
why = "How long does a fire take?"
chart = "table"
by = { fuel = ["wood", "gas"] }
edges = ["1s", "5s"]
parts = ["smoke"]
rate = 10
owner = "fires@kiln.example"
since = 2026-11-02
until = 2027-11-03
allow = { wide-number = "it is reset each day" }
[cli]
why = "Which commands are used?"
chart = "table"
program = "kn"
commands = ["fire"]
owner = "cli@kiln.example"
since = 2026-11-03
allow = { wide-number = "it is reset each day" }
[console]
why = "Which pages are used?"
chart = "table"
actions = { lit = "kiln/lit" }
routes = ["/fires"]
owner = "console@kiln.example"
since = 2026-11-04
allow = { wide-number = "it is reset each day" }
[events.glazed]
component = "app"
what = "a pot was glazed"
why = "Is glazing worth its keep?"
chart = "table"
fold = "10s"
share = "1/10"
owner = "glaze@kiln.example"
since = 2026-11-05
until = 2027-11-05
allow = { wide-number = "it is reset each day" }
[events.glazed.fields]
again = { flag = true }
coats = { count = 20, what = "coats of glaze", unit = "coats", allow = { wide-number = "it is small" } }
heat = { bucket = [100, 1000] }
took = { duration = ["1s", "5s"] }
colour = { choice = ["red", "blue"] }
tools = { set = ["brush", "bath"] }
engine = { version = true }
status = { code = [100, 599] }
region = { country = true }
[events.opened]
component = "cli"
what = "the kiln was opened"
why = "How often is it opened?"
chart = "number"
daily = true
[funnels.first-pot]
steps = ["command:fire", "opened"]
within = "7d"
why = "Where do people stop before the first pot?"
allow = { steps-apart = "it is a test of keys" }
[publish]
why = "Users see what becomes of their data."
every = "quarter"
tables = ["commands"]
licence = "CC0-1.0"
site = "https://kiln.example/figures"
keys = ["kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "kiln.example/numbers+6a6720ad+Aa4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
allow = { retention-too-short = "there is no retention too short" }
"#;

/// For each key a change of its value, and whether the way back asks too: what only narrows does not.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, &str, bool)] = &[
    ("product.id", r#"id = "kiln""#, r#"id = "oven""#, true),
    ("product.name", r#"name = "Kiln""#, r#"name = "Oven""#, false),
    ("product.revision", "revision = 3", "revision = 4", false),
    ("product.endpoint", "https://telemetry.kiln", "https://data.kiln", true),
    ("product.ingest-key", "kk_pub", "kk_other", false),
    ("product.controller", "Kiln e.V.", "Broker Inc.", true),
    ("product.contact", "privacy@kiln", "data@kiln", false),
    ("product.policy", "example/privacy", "example/policy", false),
    ("product.hosting", r#"hosting = "DE""#, r#"hosting = "US""#, true),
    ("product.retention", "90 days", "91 days", false),
    ("product.recipients", "nobody", "Broker Inc.", false),
    ("product.releases", r#"["1.2"]"#, r#"["1.2", "1.3"]"#, false),
    ("product.coding-agents", "counted", "apart", false),
    ("product.family", r#"family = "potters""#, r#"family = "weavers""#, true),
    ("consent.server", r#"server = "notice""#, r#"server = "operator""#, false),
    ("consent.cli", r#"cli = "ask""#, r#"cli = "notice""#, false),
    ("consent.app", r#"app = "ask""#, r#"app = "follow""#, false),
    ("settings.server.flag", "[settings.server]\nflag = true\n", "", false),
    ("settings.server.config-file", "[settings.server]\n", "[settings.server]\nconfig-file = \"~/.k\"\n", false),
    ("settings.server.dialogue", "[settings.server]\n", "[settings.server]\ndialogue = \"Data\"\n", false),
    ("settings.cli.flag", "[settings.cli]\n", "[settings.cli]\nflag = true\n", false),
    ("settings.cli.config-file", "~/.kiln.toml", "~/.kn.toml", false),
    ("settings.cli.dialogue", "[settings.cli]\n", "[settings.cli]\ndialogue = \"Data\"\n", false),
    ("settings.app.flag", "[settings.app]\n", "[settings.app]\nflag = true\n", false),
    ("settings.app.config-file", "[settings.app]\n", "[settings.app]\nconfig-file = \"~/.k\"\n", false),
    ("settings.app.dialogue", "Settings > Data", "Settings > Usage", false),
    ("defaults.owner", "data@kiln.example\"\nsince", "all@kiln.example\"\nsince", false),
    ("defaults.since", "since = 2026-11-01", "since = 2026-10-01", false),
    ("defaults.until", "until = 2028-11-01", "until = 2029-11-01", false),
    ("server.every", r#"every = "24h""#, r#"every = "12h""#, false),
    ("counts.NAME.what", r#"what = "bricks""#, r#"what = "guests""#, true),
    ("counts.NAME.why", "must the shelf bear", "are stolen", true),
    ("counts.NAME.chart", "chart = \"distribution\"\nedges = [5, 50]\nexact = true\nexact-why = \"The notice promises it.\"", "chart = \"number\"", true),
    ("counts.NAME.by", r#"["red", "blue"]"#, r#"["red", "blue", "gold"]"#, false),
    ("counts.NAME.by-was", "by = [\"red\", \"blue\"]\n", "by = [\"red\", \"blue\"]\nby-was = { red = [\"scarlet\"] }\n", false),
    ("counts.NAME.edges", "edges = [5, 50]\n[timings", "edges = [5, 20, 50]\n[timings", false),
    ("counts.NAME.exact", "edges = [5, 50]\n[timings", "edges = [5, 50]\nexact = true\n[timings", false),
    ("counts.NAME.exact-why", "notice promises", "law demands", true),
    ("counts.NAME.unit", r#"unit = "t""#, r#"unit = "kg""#, true),
    ("counts.NAME.was", r#"unit = "t""#, "unit = \"t\"\nwas = [\"stones\"]", false),
    ("counts.NAME.owner", "bricks@kiln", "stones@kiln", false),
    ("counts.NAME.since", "since = 2026-11-02\nuntil = 2027-11-02", "since = 2026-11-01\nuntil = 2027-11-02", false),
    ("counts.NAME.until", "until = 2027-11-02", "until = \"never\"", false),
    ("counts.NAME.allow", "until = 2027-11-02\nallow = { wide-number = \"it is reset each day\" }\n", "until = 2027-11-02\n", false),
    ("timings.NAME.what", r#"what = "fires""#, r#"what = "guests""#, true),
    ("timings.NAME.why", "How long does a fire take", "Who is late", true),
    ("timings.NAME.chart", "fire take?\"\nchart = \"table\"", "fire take?\"\nchart = \"trend\"", false),
    ("timings.NAME.by", r#"fuel = ["wood", "gas"]"#, r#"fuel = ["wood", "gas", "coal"]"#, false),
    ("timings.NAME.edges", r#"edges = ["1s", "5s"]"#, r#"edges = ["1s", "2s", "5s"]"#, false),
    ("timings.NAME.parts", r#"parts = ["smoke"]"#, r#"parts = ["smoke", "ash"]"#, false),
    ("timings.NAME.rate", "rate = 10", "rate = 20", false),
    ("timings.NAME.owner", "fires@kiln", "heat@kiln", false),
    ("timings.NAME.since", "since = 2026-11-02\nuntil = 2027-11-03", "since = 2026-11-01\nuntil = 2027-11-03", false),
    ("timings.NAME.until", "until = 2027-11-03", "until = 2027-12-03", false),
    ("timings.NAME.allow", "until = 2027-11-03\nallow = { wide-number = \"it is reset each day\" }\n", "until = 2027-11-03\n", false),
    ("cli.why", "Which commands are used", "Who works at night", true),
    ("cli.chart", "chart = \"table\"\nprogram", "chart = \"trend\"\nprogram", false),
    ("cli.program", r#"program = "kn""#, r#"program = "k""#, false),
    ("cli.commands", r#"commands = ["fire"]"#, r#"commands = ["fire", "stoke"]"#, false),
    ("cli.commands-was", r#"commands = ["fire"]"#, "commands = [\"fire\"]\ncommands-was = { fire = [\"burn\"] }", false),
    ("cli.owner", "cli@kiln", "shell@kiln", false),
    ("cli.since", "since = 2026-11-03", "since = 2026-11-01", false),
    ("cli.allow", "since = 2026-11-03\nallow = { wide-number = \"it is reset each day\" }\n", "since = 2026-11-03\n", false),
    ("console.why", "Which pages are used", "Who reads what", true),
    ("console.chart", "chart = \"table\"\nactions", "chart = \"trend\"\nactions", false),
    ("console.actions", "kiln/lit", "kiln/typed", true),
    ("console.routes", r#"["/fires"]"#, r#"["/fires", "/pots"]"#, false),
    ("console.actions-was", r#"routes = ["/fires"]"#, "routes = [\"/fires\"]\nactions-was = { lit = [\"burnt\"] }", false),
    ("console.routes-was", r#"routes = ["/fires"]"#, "routes = [\"/fires\"]\nroutes-was = { \"/fires\" = [\"/burns\"] }", false),
    ("console.owner", "console@kiln", "web@kiln", false),
    ("console.since", "since = 2026-11-04", "since = 2026-11-01", false),
    ("console.allow", "since = 2026-11-04\nallow = { wide-number = \"it is reset each day\" }\n", "since = 2026-11-04\n", false),
    ("events.NAME.component", r#"component = "app""#, r#"component = "cli""#, true),
    ("events.NAME.was", "component = \"app\"", "component = \"app\"\nwas = [\"enamelled\"]", false),
    ("events.NAME.what", "a pot was glazed", "a guest was seen", true),
    ("events.NAME.why", "worth its keep", "done at night", true),
    ("events.NAME.chart", "keep?\"\nchart = \"table\"", "keep?\"\nchart = \"trend\"", false),
    ("events.NAME.fold", r#"fold = "10s""#, r#"fold = "5s""#, false),
    ("events.NAME.daily", "daily = true\n", "", false),
    ("events.NAME.share", "1/10", "1/9", false),
    ("events.NAME.owner", "glaze@kiln", "pots@kiln", false),
    ("events.NAME.since", "since = 2026-11-05", "since = 2026-11-01", false),
    ("events.NAME.until", "until = 2027-11-05", "until = 2027-11-06", false),
    ("events.NAME.allow", "until = 2027-11-05\nallow = { wide-number = \"it is reset each day\" }\n", "until = 2027-11-05\n", false),
    ("events.NAME.fields.NAME.flag", "again = { flag = true }", "again = { version = true }", true),
    ("events.NAME.fields.NAME.count", "count = 20", "count = 21", false),
    ("events.NAME.fields.NAME.bucket", "bucket = [100, 1000]", "count = 1000", false),
    ("events.NAME.fields.NAME.duration", r#"duration = ["1s", "5s"]"#, r#"duration = ["1s", "2s", "5s"]"#, false),
    ("events.NAME.fields.NAME.choice", r#"choice = ["red", "blue"]"#, r#"choice = ["red", "gold", "blue"]"#, false),
    ("events.NAME.fields.NAME.choice-was", "colour = { choice = [\"red\", \"blue\"] }", "colour = { choice = [\"red\", \"blue\"], choice-was = { red = [\"scarlet\"] } }", false),
    ("events.NAME.fields.NAME.set", r#"set = ["brush", "bath"]"#, r#"set = ["bath", "brush", "sponge"]"#, false),
    ("events.NAME.fields.NAME.set-was", "tools = { set = [\"brush\", \"bath\"] }", "tools = { set = [\"brush\", \"bath\"], set-was = { bath = [\"tub\"] } }", false),
    ("events.NAME.fields.NAME.version", "engine = { version = true }\n", "engine = { version = true }\nmore = { version = true }\n", false),
    ("events.NAME.fields.NAME.code", "[100, 599]", "[99, 599]", false),
    ("events.NAME.fields.NAME.country", "region = { country = true }\n", "region = { flag = true }\n", true),
    ("events.NAME.fields.NAME.what", "coats of glaze", "hands of the glazer", true),
    ("events.NAME.fields.NAME.unit", r#"unit = "coats""#, r#"unit = "hands""#, true),
    ("events.NAME.fields.NAME.was", "unit = \"coats\",", "unit = \"coats\", was = [\"layers\"],", false),
    ("events.NAME.fields.NAME.allow", "it is small", "nobody has more", false),
    ("funnels.NAME.steps", r#"["command:fire", "opened"]"#, r#"["command:fire", "glazed"]"#, false),
    ("funnels.NAME.within", r#"within = "7d""#, r#"within = "8d""#, false),
    ("funnels.NAME.why", "before the first pot", "after the first pot", false),
    ("funnels.NAME.allow", "allow = { steps-apart = \"it is a test of keys\" }\n", "", false),
    ("publish.why", "becomes of their data", "is done here", true),
    ("publish.every", r#"every = "quarter""#, r#"every = "month""#, false),
    ("publish.tables", r#"tables = ["commands"]"#, r#"tables = ["commands", "sizes"]"#, false),
    ("publish.licence", "CC0-1.0", "CC-BY-4.0", false),
    ("publish.site", "kiln.example/figures", "kiln.example/numbers", false),
    ("publish.keys", "kiln.example/figures+73c67699+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "kiln.example/figures+85f049e5+AfzOFvCvLEGrBcPdLEAlcyyvy9JR5/bjPSsQMuDRDqrK", false),
    ("publish.allow", "allow = { retention-too-short = \"there is no retention too short\" }\n", "", false),
];

fn read(text: &str) -> Manifest {
    parse(text, "telemetry.toml").unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

/// Every key that holds a value, and how it is classified.
fn keys(table: &TableDefinition, path: &str, all: &mut Vec<(String, Asks)>) {
    for key in table.keys {
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        match key.value_type {
            ValueType::Table(inner) => keys(inner, &path, all),
            ValueType::Each(inner, _) => keys(inner, &format!("{path}.NAME"), all),
            _ => all.push((path, key.asks)),
        }
    }
}

#[test]
fn a_change_of_any_key_asks_again_if_users_agreed_to_it_and_not_where_it_only_narrows() {
    let mut all = Vec::new();
    keys(&ROOT, "", &mut all);
    let there: BTreeSet<&str> = all.iter().map(|(path, _)| &**path).collect();
    // There is one value of `grammar`.
    let tried: BTreeSet<&str> = CHANGES.iter().map(|(path, ..)| *path).chain(["grammar"]).collect();
    assert_eq!(there, tried, "each key has a change here");
    let before = read(ALL);
    for (path, from, to, back) in CHANGES {
        let (_, class) = all.iter().find(|(known, _)| known == path).unwrap();
        assert!(ALL.contains(from), "{path}: {from}");
        let after = read(&ALL.replacen(from, to, 1));
        assert_ne!(before.hash, after.hash, "{path}");
        for (older, newer, expected) in [(&before, &after, *class == Asks::Again), (&after, &before, *back)] {
            let diff = older.diff(newer);
            assert_eq!(diff.ask_again(), expected, "{path}: {diff:?}");
            // What people are shown of it says the same.
            let says_more = diff.changes.iter().any(|change| {
                matches!(
                    change.kind,
                    ChangeKind::Collected | ChangeKind::Widened | ChangeKind::Restated | ChangeKind::Renamed
                )
            });
            assert_eq!(says_more, expected, "{path}: {diff:?}");
        }
        // What an agent keeps has another digest, unless the answer is another one anyway, or the policy decides.
        let elsewhere = ["product.id", "product.endpoint", "product.family"];
        let is_in_digest = !elsewhere.contains(path) && !path.starts_with("consent.");
        let digest = |manifest: &Manifest| Scope::of(&manifest.declaration()).digest();
        let is_other = digest(&before) != digest(&after);
        assert_eq!(is_other, *class == Asks::Again && is_in_digest || *path == "counts.NAME.chart", "{path}");
    }
}
