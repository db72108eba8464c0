//! The JSON schema of a manifest, for editors, from the definitions that the parser checks against.

use crate::grammar::definition::{
    FIELD_TYPES, KeyDefinition, Presence, Spelling, TableDefinition, ValueType,
};
use crate::grammar::explain::example;
use crate::grammar::limits::{
    MAX_EDGES, MAX_LIST, MAX_OLD_NAMES, MAX_PUBLISH_TABLES, MAX_SPLITS, MAX_STEPS, MAX_SURFACE,
    MAX_VERIFIER_KEYS, MIN_STEPS,
};
use crate::grammar::tables::ROOT;
use crate::json;

/// A JSON schema (draft 2020-12). Editors that know TOML show it as they do for JSON.
#[must_use]
pub fn schema() -> String {
    let root = table(&ROOT, false);
    let head = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"telemetry.toml\",";
    format!("{head}{}\n", root.strip_prefix('{').unwrap_or(&root))
}

/// `is_field`: exactly one of the field types is required.
fn table(definition: &TableDefinition, is_field: bool) -> String {
    let property = |key: &KeyDefinition| format!("{}:{}", json::text(key.name), property(key));
    let properties: Vec<_> = definition.keys.iter().map(property).collect();
    let required = definition
        .keys
        .iter()
        .filter(|key| key.presence == Presence::Required)
        .map(|key| json::text(key.name));
    let one_of = if is_field {
        let alternatives = FIELD_TYPES.map(|name| format!("{{\"required\":[\"{name}\"]}}"));
        format!(",\"oneOf\":{}", json::list(alternatives))
    } else {
        String::new()
    };
    format!(
        "{{\"type\":\"object\",\"description\":{},\"additionalProperties\":false,\"required\":{},\"properties\":\
         {{{}}}{one_of}}}",
        json::text(definition.doc),
        json::list(required),
        properties.join(",")
    )
}

fn property(key: &KeyDefinition) -> String {
    let schema = value(&key.value_type);
    let rest = schema.strip_prefix('{').unwrap_or(&schema);
    match key.value_type {
        // The table describes itself.
        ValueType::Table(_) => schema,
        _ => format!(
            "{{\"description\":{},{rest}",
            json::text(&format!("{} For instance: {}.", key.doc, example(key)))
        ),
    }
}

fn value(value_type: &ValueType) -> String {
    let text = |pattern: &str| format!("{{\"type\":\"string\",\"pattern\":{}}}", json::text(pattern));
    let list = |inner: String, max: usize| {
        format!(
            "{{\"type\":\"array\",\"minItems\":1,\"maxItems\":{max},\"uniqueItems\":true,\"items\":{inner}}}"
        )
    };
    let number = |min: u64, max: u64| format!("{{\"type\":\"integer\",\"minimum\":{min},\"maximum\":{max}}}");
    match value_type {
        ValueType::Number(min, max) => number(*min, *max),
        ValueType::Range => {
            format!("{{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{}}}", number(0, 65_535))
        }
        ValueType::True => "{\"const\":true}".to_owned(),
        ValueType::Line(max) => format!("{{\"type\":\"string\",\"minLength\":1,\"maxLength\":{max}}}"),
        ValueType::Name => text("^[a-z][a-z0-9_-]{0,63}$"),
        ValueType::IngestKey => text("^[A-Za-z0-9_.-]{1,64}$"),
        ValueType::Names(max) => list(text("^[a-z0-9][a-z0-9_-]{0,63}$"), *max),
        ValueType::Commands => list(text("^[a-z0-9][a-z0-9_ -]{0,63}$"), MAX_SURFACE),
        ValueType::Releases => list(text("^(0|[1-9][0-9]{0,4})\\.(0|[1-9][0-9]{0,4})$"), MAX_SURFACE),
        ValueType::Routes => list(text("^/[!-~]{0,127}$"), MAX_SURFACE),
        ValueType::Actions | ValueType::Allows => {
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}".to_owned()
        }
        ValueType::OneOf(names) => {
            format!("{{\"enum\":{}}}", json::list(names.iter().map(|name| json::text(name))))
        }
        ValueType::Address => text("^https://[^/]+(/.*[^/])?$"),
        ValueType::Contact => text("^([^@ ]+@[^@ ]+|https://.+)$"),
        ValueType::Country => text("^[A-Z]{2}$"),
        ValueType::Retention => text("^[1-9][0-9]* (day|week|month|year)s?$"),
        // TOML dates have no twin in JSON; editors hand them over as texts.
        ValueType::Date => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        ValueType::Until => text("^([0-9]{4}-[0-9]{2}-[0-9]{2}|never)$"),
        ValueType::SampleRate => text("^[1-9][0-9]{0,2}/[1-9][0-9]{0,3}$"),
        ValueType::Splits => format!(
            "{{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":{MAX_SPLITS},\"additionalProperties\":{}}}",
            list(text("^[a-z0-9][a-z0-9_-]{0,63}$"), MAX_LIST)
        ),
        ValueType::OldNames(spelling) => {
            let names = list(text(spelling_of(*spelling)), MAX_OLD_NAMES);
            format!("{{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":{names}}}")
        }
        ValueType::Steps => format!(
            "{{\"type\":\"array\",\"minItems\":{MIN_STEPS},\"maxItems\":{MAX_STEPS},\"items\":{}}}",
            text("^[A-Za-z0-9_.][ -~]{0,71}$")
        ),
        ValueType::PublishTables => list(
            text("^(commands|sizes|actions|(events|timings)\\.[a-z][a-z0-9_-]{0,63})$"),
            MAX_PUBLISH_TABLES,
        ),
        ValueType::VerifierKeys => {
            list(text("^[!-*,-~]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}$"), MAX_VERIFIER_KEYS)
        }
        ValueType::Duration => text("^[1-9][0-9]*(ms|s|m|h|d)$"),
        ValueType::Durations => list(text("^[1-9][0-9]*(ms|s|m|h|d)$"), MAX_EDGES),
        ValueType::Edges => list("{\"type\":\"integer\",\"minimum\":1}".to_owned(), MAX_EDGES),
        ValueType::Table(inner) => table(inner, false),
        ValueType::Each(inner, max) => {
            let is_field = inner.keys.iter().any(|key| key.name == FIELD_TYPES[0]);
            format!(
                "{{\"type\":\"object\",\"maxProperties\":{max},\"propertyNames\":{},\"additionalProperties\":{}}}",
                "{\"pattern\":\"^[a-z][a-z0-9_-]{0,63}$\"}",
                table(inner, is_field)
            )
        }
    }
}

fn spelling_of(spelling: Spelling) -> &'static str {
    match spelling {
        Spelling::Entry => "^[a-z0-9][a-z0-9_-]{0,63}$",
        Spelling::Command => "^[A-Za-z0-9_.][ -~]{0,63}$",
        Spelling::Route => "^/[!-~]{0,127}$",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_is_json_and_names_every_table() {
        let schema: serde_json::Value = serde_json::from_str(&super::schema()).unwrap();
        for table in [
            "product", "consent", "settings", "defaults", "server", "counts", "timings", "cli", "console",
            "events", "funnels", "publish",
        ] {
            assert!(schema["properties"][table].is_object(), "{table}");
        }
        assert_eq!(schema["properties"]["product"]["additionalProperties"], false);
        let field = &schema["properties"]["events"]["additionalProperties"]["properties"]["fields"];
        assert_eq!(field["additionalProperties"]["oneOf"].as_array().unwrap().len(), 9);
    }
}
