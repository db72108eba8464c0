//! The switch in a product's own configuration file: `enable_telemetry`, in JSON or TOML, flat or dotted.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aboveboard_core::consent::{self, Reading};
use rustix::fs::OFlags;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The key.
const KEY: &str = "enable_telemetry";

/// The longest file that is read, in bytes: configurations are written by hand.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// What stands for a file or a value of which nobody can tell what it says.
const UNREADABLE: &str = "unreadable";

/// What the file says, for a decision. A file that cannot be read, or that holds something other than a value under
/// the key, may be an opt-out, so it is not taken for silence; and neither is a key that is there more than once, in
/// whatever spelling, unless all agree.
pub(crate) fn switch_in(path: &Path, key: &str) -> Option<String> {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_err() => return None,
        Err(_) => return Some(UNREADABLE.to_owned()),
    };
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let document: Option<Node> =
        if is_json { serde_json::from_str(&text).ok() } else { toml::from_str(&text).ok() };
    match document {
        Some(document) => said(&document, key),
        None => Some(UNREADABLE.to_owned()),
    }
}

/// The default key.
pub(crate) fn default_key() -> String {
    KEY.to_owned()
}

/// Reads a regular file of bounded length. Nothing waits for a pipe that nobody writes to.
fn read(path: &Path) -> std::io::Result<String> {
    let file =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    let mut text = String::new();
    if !file.metadata()?.is_file()
        || file.take(MAX_CONFIG_BYTES + 1).read_to_string(&mut text)? as u64 > MAX_CONFIG_BYTES
    {
        return Err(ErrorKind::InvalidData.into());
    }
    Ok(text)
}

/// What the values under a key say together.
fn said(document: &Node, key: &str) -> Option<String> {
    let mut found = Found::default();
    document.find(key, true, &mut found);
    let agrees = |value: &String| consent::reading(value.as_ref()) == Reading::On;
    match (&found.exact[..], &found.alike[..]) {
        // What is written otherwise is not the key, and may be meant as an opt-out.
        ([], alike) if alike.iter().all(agrees) => None,
        ([one], []) => Some(one.clone()),
        ([first, ..], _) if found.exact.iter().chain(&found.alike).all(agrees) => Some(first.clone()),
        _ => Some(UNREADABLE.to_owned()),
    }
}

/// The values under a key, as text.
#[derive(Default)]
struct Found {
    /// Under the key itself.
    exact: Vec<String>,
    /// Under one that differs from it in case, or in `-` for `_`.
    alike: Vec<String>,
}

/// A document whose tables keep every entry, also those that have one name.
enum Node {
    Value(String),
    Table(Vec<(String, Self)>),
}

impl Node {
    /// Finds what is under a key: flat, part by part, and every way between. `is_exact` as long as the names on the way
    /// are spelled as in the key.
    fn find(&self, key: &str, is_exact: bool, found: &mut Found) {
        let Self::Table(entries) = self else { return };
        for (name, node) in entries {
            // One byte stands for another in names that are alike, so the rest begins at the same place.
            let Some(start) = key.get(..name.len()).filter(|start| is_alike(name, start)) else { continue };
            let is_exact = is_exact && name == start;
            match (&key[name.len()..], node) {
                ("", node) => {
                    let values = if is_exact { &mut found.exact } else { &mut found.alike };
                    values.push(node.text());
                }
                (rest, node) => {
                    if let Some(rest) = rest.strip_prefix('.') {
                        node.find(rest, is_exact, found);
                    }
                }
            }
        }
    }

    /// The value as the table of switches reads it. A table or a list is none.
    fn text(&self) -> String {
        match self {
            Self::Value(text) => text.clone(),
            Self::Table(_) => UNREADABLE.to_owned(),
        }
    }
}

fn is_alike(one: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    one.len() == other.len() && one.bytes().map(plain).eq(other.bytes().map(plain))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Value(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Value(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Value(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // `1.0` is no word for a switch.
        Ok(Node::Value(format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Value(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Value(UNREADABLE.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        while list.next_element::<Node>()?.is_some() {}
        Ok(Node::Value(UNREADABLE.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Table(entries))
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
            ("c.json", "\u{feff}{\"enable_telemetry\": true}"),
            ("c.json", r#"{"enable_telemetry": true} {}"#),
            ("c.json", r#"{"enable_telemetry": [true]}"#),
            ("c.json", r#"{"enable_telemetry": 1.0}"#),
            ("c.json", "{"),
            ("c.toml", "="),
            ("c.json", r#"{"enable_telemetry": null}"#),
            ("c.json", r#"{"enable_telemetry": {}}"#),
            ("c.toml", "enable_telemetry = 2"),
        ] {
            assert!(reading(switch(name, text, KEY).unwrap().as_ref()).is_no(), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_a_yes_only_where_all_agree() {
        let is_yes = |name: &str, text: &str, key: &str| {
            switch(name, text, key).is_some_and(|value| consent::reading(value.as_ref()) == Reading::On)
        };
        let json = |text: &str| is_yes("c.json", text, KEY);
        assert!(json(r#"{"enable_telemetry": true, "enable_telemetry": "yes"}"#));
        for text in [
            r#"{"enable_telemetry": false, "enable_telemetry": true}"#,
            r#"{"enable_telemetry": true, "enable_telemetry": false}"#,
            r#"{"enable_telemetry": true, "enable\u005ftelemetry": false}"#,
            r#"{"enable_telemetry": true, "enable-telemetry": false}"#,
            r#"{"Enable_Telemetry": false, "enable_telemetry": true}"#,
            r#"{"enable_telemetry": true, "enable_telemetry": {}}"#,
            r#"{"enable_telemetry": true, "enable_telemetry": null}"#,
        ] {
            assert!(!json(text), "{text}");
        }
        for text in [
            "enable_telemetry = false\nenable_telemetry = true\n",
            "enable_telemetry = true\n\"enable_telemetry\" = false\n",
            "enable_telemetry = true\nenable-telemetry = false\n",
        ] {
            assert!(!is_yes("c.toml", text, KEY), "{text}");
        }
        let dotted = "tool.telemetry.enable";
        for text in [
            r#"{"tool.telemetry.enable": true, "tool": {"telemetry": {"enable": false}}}"#,
            r#"{"tool": {"telemetry": {"enable": true}}, "tool.telemetry": {"enable": false}}"#,
            r#"{"tool": {"telemetry.enable": false, "telemetry": {"enable": true}}}"#,
            r#"{"tool": {"telemetry": {"enable": false}}, "tool": {"telemetry": {"enable": true}}}"#,
        ] {
            assert!(!is_yes("c.json", text, dotted), "{text}");
        }
        let toml = "\"tool.telemetry.enable\" = true\n[tool.telemetry]\nenable = false\n";
        assert!(!is_yes("c.toml", toml, dotted));
        // What another spelling agrees to is not agreed to, and what it refuses is refused.
        assert_eq!(switch("c.json", r#"{"enable-telemetry": true}"#, KEY), None);
        assert!(
            consent::reading(switch("c.json", r#"{"enable-telemetry": false}"#, KEY).unwrap().as_ref())
                .is_no()
        );
        assert_eq!(switch("c.json", r#"{"enable_telemetry": false}"#, KEY).as_deref(), Some("false"));
    }

    #[test]
    fn a_pipe_a_device_a_directory_a_link_to_nothing_or_an_endless_file_is_unreadable_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe.json"), rustix::fs::Mode::RWXU).unwrap();
        std::fs::create_dir(path("directory.json")).unwrap();
        std::os::unix::fs::symlink("/nonexistent", path("dangling.json")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path("zero.json")).unwrap();
        let long = std::fs::File::create(path("long.json")).unwrap();
        long.set_len(1 << 40).unwrap();
        for name in ["pipe.json", "directory.json", "dangling.json", "zero.json", "long.json"] {
            assert_eq!(switch_in(&path(name), KEY).as_deref(), Some(UNREADABLE), "{name}");
        }
        std::fs::write(path("real"), r#"{"enable_telemetry": true}"#).unwrap();
        std::os::unix::fs::symlink(path("real"), path("link.json")).unwrap();
        assert_eq!(
            switch_in(&path("link.json"), KEY).as_deref(),
            Some("true"),
            "people link their configurations"
        );
    }
}
