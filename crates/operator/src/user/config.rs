//! The switch in a product's own configuration file: `enable_telemetry`, in JSON or TOML, flat or dotted.

use std::path::Path;

/// The key.
const KEY: &str = "enable_telemetry";

/// What the file says, for a decision. A file that cannot be read, or that holds something other than a value under
/// the key, may be an opt-out, so it is not taken for silence.
pub(crate) fn switch_in(path: &Path, key: &str) -> Option<String> {
    let unreadable = || Some("unreadable".to_owned());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(_) => return unreadable(),
    };
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let document = if is_json {
        serde_json::from_str(&text).ok()
    } else {
        toml::from_str::<serde_json::Value>(&text).ok()
    };
    match document {
        Some(document) => find(&document, key).map(text_of),
        None => unreadable(),
    }
}

/// The default key.
pub(crate) fn default_key() -> String {
    KEY.to_owned()
}

/// The value under a key: as it stands, or part by part.
fn find<'d>(document: &'d serde_json::Value, key: &str) -> Option<&'d serde_json::Value> {
    document.get(key).or_else(|| {
        let (first, rest) = key.split_once('.')?;
        find(document.get(first)?, rest)
    })
}

fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(name: &str, text: &str, key: &str) -> Option<String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        switch_in(&path, key)
    }

    #[test]
    fn the_key_is_found_flat_and_dotted() {
        let yes = Some("true".to_owned());
        assert_eq!(switch("c.json", r#"{"enable_telemetry": true}"#, KEY), yes);
        assert_eq!(switch("c.toml", "enable_telemetry = \"true\"", KEY), yes);
        assert_eq!(switch("c.toml", "[telemetry]\nenable = true", "telemetry.enable"), yes);
        assert_eq!(switch("c.json", r#"{"telemetry.enable": "true"}"#, "telemetry.enable"), yes);
        assert_eq!(switch("c.json", "{}", KEY), None);
        assert_eq!(switch_in(Path::new("/nowhere/c.json"), KEY), None);
    }

    #[test]
    fn what_cannot_be_read_never_turns_anything_on() {
        use aboveboard_core::consent::reading;
        for (name, text) in [
            ("c.json", "{"),
            ("c.toml", "="),
            ("c.json", r#"{"enable_telemetry": null}"#),
            ("c.json", r#"{"enable_telemetry": {}}"#),
            ("c.toml", "enable_telemetry = 2"),
        ] {
            assert!(reading(switch(name, text, KEY).unwrap().as_ref()).is_no(), "{text}");
        }
    }
}
