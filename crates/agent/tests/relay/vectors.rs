//! `tests/vectors/relay/lines.json`, through the binary.

use std::collections::BTreeMap;

use serde_json::Value;

use super::home::{Home, parsed, vectors};

/// The bytes of a line of the vectors.
fn bytes(line: &Value) -> Vec<u8> {
    let text = |key: &str| line[key].as_str().unwrap_or_default();
    if let Some(text) = line.as_str() {
        return format!("{text}\n").into_bytes();
    }
    if let Some(hex) = line["hex"].as_str() {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        return (0..hex.len()).step_by(2).map(digits).chain([b'\n']).collect();
    }
    match line["times"].as_u64() {
        Some(times) => {
            format!("{}{}\n", text("text").repeat(usize::try_from(times).unwrap()), text("then")).into_bytes()
        }
        None => text("last").into(),
    }
}

#[test]
fn every_vector_is_recorded_dropped_and_explained_as_it_says() {
    let vectors = parsed(&std::fs::read_to_string(vectors().join("relay/lines.json")).unwrap());
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 70, "{}", cases.len());
    for case in cases {
        let why = &case["why"];
        let home = Home::consenting();
        let input: Vec<u8> = case["lines"].as_array().unwrap().iter().flat_map(bytes).collect();
        let output = home.relayed(&["--explain"], &input);
        assert!(output.status.success() && output.stdout.is_empty(), "{why}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        let explained: Vec<&str> = said.lines().collect();
        let expected: Vec<&str> =
            case["explain"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        assert_eq!(explained, expected, "{why}");
        assert!(!said.contains("hunter2"), "{why}: {said}");
        let mut events = case["events"].as_array().unwrap().clone();
        events.sort_by_key(Value::to_string);
        assert_eq!(home.events(), events, "{why}");
        let drops: BTreeMap<String, u64> = serde_json::from_value(case["drops"].clone()).unwrap();
        assert_eq!(home.drops(), drops, "{why}");
    }
}
