//! Bodies held against the schemas of the API document: the keywords that the document uses, and no others.

use regex_lite::Regex;
use serde_json::Value;

/// What is wrong with a value, and where; nothing if it is as the schema says.
pub(crate) fn mismatch(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let rules = schema.as_object().unwrap_or_else(|| panic!("{schema} is not a schema"));
    rules.iter().find_map(|(keyword, rule)| {
        let wrong = match keyword.as_str() {
            "$ref" => return mismatch(document, referred(document, rule), value),
            "type" => !has_type(rule, value),
            "const" => rule != value,
            "enum" => !list(rule).contains(value),
            "oneOf" => {
                let fits = |schema: &&Value| mismatch(document, schema, value).is_none();
                list(rule).iter().filter(fits).count() != 1
            }
            "pattern" => value.as_str().is_some_and(|text| !is_match(rule, text)),
            "format" => {
                assert_eq!(rule, "date", "this format is not checked");
                value.as_str().is_some_and(|text| !is_match(&"^[0-9]{4}-[0-9]{2}-[0-9]{2}$".into(), text))
            }
            "minimum" => value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_some_and(|number| number > rule.as_f64().unwrap()),
            "maxItems" => value.as_array().is_some_and(|items| items.len() as u64 > rule.as_u64().unwrap()),
            "maxProperties" => {
                value.as_object().is_some_and(|object| object.len() as u64 > rule.as_u64().unwrap())
            }
            "required" => value.as_object().is_some_and(|object| {
                list(rule).iter().any(|name| !object.contains_key(name.as_str().unwrap()))
            }),
            "items" => return each(value.as_array()?.iter(), document, rule),
            "properties" => {
                let object = value.as_object()?;
                return rule.as_object().unwrap().iter().find_map(|(name, schema)| {
                    mismatch(document, schema, object.get(name)?).map(|wrong| format!("{name}: {wrong}"))
                });
            }
            "propertyNames" => {
                let names: Vec<Value> = value.as_object()?.keys().cloned().map(Value::String).collect();
                return each(names.iter(), document, rule);
            }
            "additionalProperties" => {
                let declared = rules.get("properties").and_then(Value::as_object);
                let is_declared = |name: &str| declared.is_some_and(|names| names.contains_key(name));
                let mut others = value.as_object()?.iter().filter(|(name, _)| !is_declared(name));
                if rule == false {
                    others.next().is_some()
                } else {
                    return each(others.map(|(_, value)| value), document, rule);
                }
            }
            "description" => false,
            _ => panic!("{keyword} is not checked"),
        };
        wrong.then(|| format!("{value} is against {keyword} {rule}"))
    })
}

fn each<'v>(mut values: impl Iterator<Item = &'v Value>, document: &Value, schema: &Value) -> Option<String> {
    values.find_map(|value| mismatch(document, schema, value))
}

/// What a `$ref` stands for.
pub(crate) fn referred<'d>(document: &'d Value, reference: &Value) -> &'d Value {
    let pointer = &reference.as_str().expect("a reference is a text")[1..];
    document.pointer(pointer).unwrap_or_else(|| panic!("{reference} is not in the document"))
}

fn list(rule: &Value) -> &Vec<Value> {
    rule.as_array().expect("a list")
}

fn has_type(rule: &Value, value: &Value) -> bool {
    if let Some(types) = rule.as_array() {
        return types.iter().any(|rule| has_type(rule, value));
    }
    match rule.as_str().expect("the name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("{other} is not a type"),
    }
}

fn is_match(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}

#[test]
fn a_body_is_held_to_every_keyword_of_its_schema() {
    let document = serde_json::json!({"word": {"type": "string", "pattern": "^[a-z]+$"}});
    let schema = serde_json::json!({
        "type": "object",
        "required": ["word"],
        "properties": {"word": {"$ref": "#/word"}, "list": {"items": {"type": ["integer", "null"], "minimum": 1}}},
        "additionalProperties": false,
    });
    let good = serde_json::json!({"word": "a", "list": [1, null]});
    assert_eq!(mismatch(&document, &schema, &good), None);
    for wrong in [
        "[]",
        "{}",
        "{\"word\":1}",
        "{\"word\":\"A\"}",
        "{\"word\":\"a\",\"x\":1}",
        "{\"word\":\"a\",\"list\":[0]}",
    ] {
        let value = serde_json::from_str(wrong).unwrap();
        assert!(mismatch(&document, &schema, &value).is_some(), "{wrong}");
    }
}
