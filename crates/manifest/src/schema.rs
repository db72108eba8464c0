//! The JSON schema of a manifest, for editors, from the same forms that the reader checks against.

use crate::grammar::form::{FIELD_TYPES, Form, Key, MAX_EDGES, MAX_LIST, MAX_SPLITS, Need, ROOT, Shape};
use crate::grammar::value::example;
use crate::json;

/// A JSON schema (draft 2020-12). Editors that know TOML show it as they do for JSON.
#[must_use]
pub fn schema() -> String {
    let root = form(&ROOT, false);
    let head = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"telemetry.toml\",";
    format!("{head}{}\n", root.strip_prefix('{').unwrap_or(&root))
}

/// `fielded`: exactly one of the types must stand.
fn form(form: &Form, fielded: bool) -> String {
    let property = |key: &Key| format!("{}:{}", json::text(key.name), property(key));
    let properties: Vec<_> = form.keys.iter().map(property).collect();
    let required = form.keys.iter().filter(|key| key.need == Need::Must).map(|key| json::text(key.name));
    let one_of = if fielded {
        let alternatives = FIELD_TYPES.map(|name| format!("{{\"required\":[\"{name}\"]}}"));
        format!(",\"oneOf\":{}", json::list(alternatives))
    } else {
        String::new()
    };
    format!(
        "{{\"type\":\"object\",\"description\":{},\"additionalProperties\":false,\"required\":{},\"properties\":\
         {{{}}}{one_of}}}",
        json::text(form.doc),
        json::list(required),
        properties.join(",")
    )
}

fn property(key: &Key) -> String {
    let held = held(&key.shape);
    let rest = held.strip_prefix('{').unwrap_or(&held);
    match key.shape {
        // The table describes itself.
        Shape::Table(_) => held,
        _ => format!(
            "{{\"description\":{},{rest}",
            json::text(&format!("{} For instance: {}.", key.doc, example(key)))
        ),
    }
}

fn held(shape: &Shape) -> String {
    let text = |pattern: &str| format!("{{\"type\":\"string\",\"pattern\":{}}}", json::text(pattern));
    let list = |inner: String, most: usize| {
        format!(
            "{{\"type\":\"array\",\"minItems\":1,\"maxItems\":{most},\"uniqueItems\":true,\"items\":{inner}}}"
        )
    };
    let number =
        |least: u64, most: u64| format!("{{\"type\":\"integer\",\"minimum\":{least},\"maximum\":{most}}}");
    match shape {
        Shape::Number(least, most) => number(*least, *most),
        Shape::Range => {
            format!("{{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{}}}", number(0, 65_535))
        }
        Shape::True => "{\"const\":true}".to_owned(),
        Shape::Line(most) => format!("{{\"type\":\"string\",\"minLength\":1,\"maxLength\":{most}}}"),
        Shape::Name => text("^[a-z][a-z0-9_-]{0,63}$"),
        Shape::IngestKey => text("^[A-Za-z0-9_.-]{1,64}$"),
        Shape::Names(most) => list(text("^[a-z0-9][a-z0-9_-]{0,63}$"), *most),
        Shape::Commands => list(text("^[a-z0-9][a-z0-9_ -]{0,63}$"), crate::grammar::form::MAX_SURFACE),
        Shape::Routes => list(text("^/[!-~]{0,127}$"), crate::grammar::form::MAX_SURFACE),
        Shape::Actions | Shape::Allows => {
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}".to_owned()
        }
        Shape::OneOf(names) => {
            format!("{{\"enum\":{}}}", json::list(names.iter().map(|name| json::text(name))))
        }
        Shape::Address => text("^https://[^/]+(/.*[^/])?$"),
        Shape::Contact => text("^([^@ ]+@[^@ ]+|https://.+)$"),
        Shape::Country => text("^[A-Z]{2}$"),
        Shape::Retention => text("^[1-9][0-9]* (day|week|month|year)s?$"),
        // TOML dates have no twin in JSON; editors hand them over as texts.
        Shape::Date => text("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        Shape::Until => text("^([0-9]{4}-[0-9]{2}-[0-9]{2}|never)$"),
        Shape::SampleRate => text("^[1-9][0-9]{0,2}/[1-9][0-9]{0,3}$"),
        Shape::Splits => format!(
            "{{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":{MAX_SPLITS},\"additionalProperties\":{}}}",
            list(text("^[a-z0-9][a-z0-9_-]{0,63}$"), MAX_LIST)
        ),
        Shape::Duration => text("^[1-9][0-9]*(ms|s|m|h|d)$"),
        Shape::Durations => list(text("^[1-9][0-9]*(ms|s|m|h|d)$"), MAX_EDGES),
        Shape::Edges => list("{\"type\":\"integer\",\"minimum\":1}".to_owned(), MAX_EDGES),
        Shape::Table(inner) => form(inner, false),
        Shape::Each(inner, most) => {
            let fielded = inner.keys.iter().any(|key| key.name == FIELD_TYPES[0]);
            format!(
                "{{\"type\":\"object\",\"maxProperties\":{most},\"propertyNames\":{},\"additionalProperties\":{}}}",
                "{\"pattern\":\"^[a-z][a-z0-9_-]{0,63}$\"}",
                form(inner, fielded)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_is_json_and_names_every_table() {
        let schema: serde_json::Value = serde_json::from_str(&super::schema()).unwrap();
        for table in [
            "product", "consent", "settings", "defaults", "server", "counts", "timings", "cli", "console",
            "events",
        ] {
            assert!(schema["properties"][table].is_object(), "{table}");
        }
        assert_eq!(schema["properties"]["product"]["additionalProperties"], false);
        let field = &schema["properties"]["events"]["additionalProperties"]["properties"]["fields"];
        assert_eq!(field["additionalProperties"]["oneOf"].as_array().unwrap().len(), 9);
    }
}
