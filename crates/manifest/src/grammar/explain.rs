//! The texts of problems that follow from the definition of a key.

use toml::de::DeValue;

use super::{KeyDefinition, Spelling, TableDefinition, ValueType, name};
use crate::problem::{Explanation, explain};

pub(super) const CLOSED_LIST: &str =
    "every text on the wire is one that the manifest lists; none may need escaping anywhere";

fn location(path: &str) -> String {
    if path.is_empty() { "at the top of the file".to_owned() } else { format!("in `[{path}]`") }
}

pub(super) fn unknown_key(name: &str, path: &str, table: &TableDefinition) -> Explanation {
    let keys = || table.keys.iter().map(|key| key.name);
    let remedy = match name::nearest(name, keys()) {
        Some(near) => format!("write `{near}`, if that is meant"),
        None => format!("remove it; known here are {}", listed(keys())),
    };
    explain(
        format!("unknown key `{name}` {}", location(path)),
        "what the grammar does not know would be read by people and obeyed by nothing",
        remedy,
    )
}

pub(super) fn missing_key(key: &KeyDefinition, path: &str) -> Explanation {
    explain(format!("`{}` is missing {}", key.name, location(path)), key.doc, example(key))
}

/// `` `a`, `b` and `c` ``
pub(super) fn listed<'k>(names: impl IntoIterator<Item = &'k str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What a key holds, with its article.
pub(crate) fn expected(key: &KeyDefinition) -> &'static str {
    match key.value_type {
        ValueType::Number(..) => "a whole number",
        ValueType::Range => "a list of two whole numbers up to 65535",
        ValueType::True => "`true`",
        ValueType::Line(_) | ValueType::OneOf(_) => "a text",
        ValueType::Name => "a name: a lower-case letter, then letters, digits, `-` and `_`, at most 64",
        ValueType::IngestKey => "a key of letters, digits, `-`, `_` and `.`, at most 64",
        ValueType::Names(_) => "a list of names of lower-case letters, digits, `-` and `_`",
        ValueType::Commands => {
            "a list of command paths: words joined by one space, of letters, digits and any of `-_.:+@/%,`, not beginning with `-`"
        }
        ValueType::Routes => "a list of route patterns that begin with `/`, without query, quotes or spaces",
        ValueType::Actions => "a table of names and action types",
        ValueType::Allows => "a table of lints and reasons",
        ValueType::Address => "an https address without user, query or trailing slash",
        ValueType::Contact => "a mail address or an https address",
        ValueType::Country => "a country of ISO 3166-1 in two upper-case letters",
        ValueType::Releases => "a list of release lines, each the first two numbers of its versions",
        ValueType::Retention => "a number of days, weeks, months or years",
        ValueType::Date => "a date without quotes",
        ValueType::Until => "a date without quotes, or `\"never\"`",
        ValueType::SampleRate => "a part of all installations, such as `1/10`",
        ValueType::Splits => "a table of names and lists of names",
        ValueType::OldNames(_) => "a table of entries, each with a list of its old names",
        ValueType::Steps => "a list of steps",
        ValueType::PublishTables => {
            "a list of tables, each `commands`, `sizes`, `actions`, `events.NAME` or `timings.NAME`"
        }
        ValueType::VerifierKeys => {
            "a list of public keys, each `NAME+HASH+KEY` as `aboveboard publish key new` prints it"
        }
        ValueType::Duration => "a length of time in a text",
        ValueType::Durations => "an ascending list of lengths of time",
        ValueType::Edges => "an ascending list of whole numbers",
        ValueType::Table(_) | ValueType::Each(..) => "a table",
    }
}

/// A line that shows how a key is written.
pub(crate) fn example(key: &KeyDefinition) -> String {
    let value = match key.value_type {
        ValueType::Number(min, _) => min.to_string(),
        ValueType::Range => "[0, 255]".to_owned(),
        ValueType::True => "true".to_owned(),
        ValueType::Line(_) if key.name == "why" => {
            "\"how large are catalogs, where must listing scale?\"".to_owned()
        }
        ValueType::Line(_) if key.name == "what" => "\"tables tracked\"".to_owned(),
        ValueType::Line(_) => "\"…\"".to_owned(),
        ValueType::Name => "\"quarry\"".to_owned(),
        ValueType::IngestKey => "\"qk_pub_quarry\"".to_owned(),
        ValueType::Names(_) if key.name == "was" => "[\"old-name\"]".to_owned(),
        ValueType::Names(_) => "[\"podman\", \"docker\"]".to_owned(),
        ValueType::Commands => "[\"init\", \"metadata apply\"]".to_owned(),
        ValueType::Routes => "[\"/data/:source/schema/:schema\"]".to_owned(),
        ValueType::Actions => "{ table_tracked = \"data/trackTable\" }".to_owned(),
        ValueType::Allows => "{ never-expires = \"the core figure of the product\" }".to_owned(),
        ValueType::OneOf(list) => format!("\"{}\"", list.first().copied().unwrap_or_default()),
        ValueType::Address if key.name == "site" => "\"https://quarry.example/figures\"".to_owned(),
        ValueType::Address => "\"https://telemetry.quarry.example\"".to_owned(),
        ValueType::Contact => "\"privacy@quarry.example\"".to_owned(),
        ValueType::Country => "\"DE\"".to_owned(),
        ValueType::Releases => "[\"2.0\", \"2.1\"]".to_owned(),
        ValueType::Retention => "\"13 months\"".to_owned(),
        ValueType::Date | ValueType::Until => "2026-11-22".to_owned(),
        ValueType::SampleRate => "\"1/10\"".to_owned(),
        ValueType::Splits => "{ transport = [\"http\", \"websocket\"] }".to_owned(),
        ValueType::OldNames(Spelling::Entry) => "{ podman = [\"libpod\"] }".to_owned(),
        ValueType::OldNames(Spelling::Command) => "{ \"metadata apply\" = [\"metadata push\"] }".to_owned(),
        ValueType::OldNames(Spelling::Route) => "{ \"/data\" = [\"/tables\"] }".to_owned(),
        ValueType::Steps => "[\"started\", \"engine-connected\"]".to_owned(),
        ValueType::PublishTables => "[\"commands\", \"events.started\"]".to_owned(),
        ValueType::VerifierKeys => "[\"quarry.example/figures+033de0ae+Ac4zctda…\"]".to_owned(),
        ValueType::Duration if key.name == "within" => "\"7d\"".to_owned(),
        ValueType::Duration if key.name == "fold" => "\"10s\"".to_owned(),
        ValueType::Duration => "\"24h\"".to_owned(),
        ValueType::Durations => "[\"1s\", \"5s\", \"30s\"]".to_owned(),
        ValueType::Edges => "[1, 10, 100, 1000]".to_owned(),
        ValueType::Table(_) => return format!("add the table `[{}]`", key.name),
        ValueType::Each(..) => return format!("add a table `[{}.NAME]`", key.name),
    };
    format!("write `{} = {value}`", key.name)
}

pub(super) fn wrong_type(name: &str, expected: &str, found: &DeValue<'_>) -> Explanation {
    let what = format!("`{name}` must be {expected}, not {}", type_of(found));
    explain(
        what,
        "a value of another type would be read differently by different readers",
        format!("write {expected}"),
    )
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn not_a_name(name: &str) -> Explanation {
    explain(
        format!("`{name}` is not a name"),
        CLOSED_LIST,
        "begin with a lower-case letter; use letters, digits, `-` and `_`, at most 64",
    )
}

pub(super) fn too_many(name: &str, max: usize) -> Explanation {
    explain(
        format!("`{name}` has more than {max} entries"),
        "what nobody can read through is not reviewed, and long lists single people out",
        "keep what a decision hangs on; everything else is `other`",
    )
}
