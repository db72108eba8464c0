//! The switch in a product's own configuration file: `enable_telemetry`, in JSON or TOML, flat or dotted.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aboveboard_core::consent::{self, Reading};
use aboveboard_types::typed::ConfigValue;
use rustix::fs::OFlags;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The key.
const KEY: &str = "enable_telemetry";

/// The longest file that is read, in bytes: configurations are written by hand.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// What stands for a value of which nobody can tell what it says.
const UNREADABLE: &str = "unreadable";

/// What the file says, for a decision. A file that cannot be read, or that holds something other than a value under
/// the key or in place of a table that would hold it, may be an opt-out, so it is not taken for silence; and neither is a
/// key that is there more than once, in whatever spelling, unless all agree.
pub(crate) fn switch_in(path: &Path, key: &str) -> ConfigValue {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && is_missing(path) => {
            return ConfigValue::default();
        }
        Err(_) => return ConfigValue::UNREADABLE,
    };
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let document: Option<Node> =
        if is_json { serde_json::from_str(&text).ok() } else { toml::from_str(&text).ok() };
    document.map_or(ConfigValue::UNREADABLE, |document| said(&document, key).into())
}

/// Whether nothing has this name, not even a link that leads nowhere.
fn is_missing(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
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
    let tables: Vec<usize> = key.match_indices('.').map(|(dot, _)| plain(&key[dot..]).len()).collect();
    let key = Key { exact: Some(key), alike: &plain(key), tables: &tables };
    match document {
        Node::Table(entries) => key.find_in(entries, &mut found),
        Node::Value(_) => found.push(true, UNREADABLE.to_owned()),
    }
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
    /// Under one that differs from it in case or in signs: `Enable-Telemetry`, `enableTelemetry`, `enable.telemetry`.
    alike: Vec<String>,
}

impl Found {
    fn push(&mut self, is_exact: bool, value: String) {
        let values = if is_exact { &mut self.exact } else { &mut self.alike };
        values.push(value);
    }
}

/// A key, or what is left of it inside of a table.
struct Key<'k> {
    /// As it is spelled, as long as the names on the way are spelled so too.
    exact: Option<&'k str>,
    /// What every spelling of it has in common.
    alike: &'k str,
    /// How much of that is left inside of each table that the key names.
    tables: &'k [usize],
}

impl Key<'_> {
    /// Finds what is under the key: flat, part by part, and every way between.
    fn find_in(&self, entries: &[(String, Node)], found: &mut Found) {
        for (name, node) in entries {
            let plain = plain(name);
            let Some(rest) = self.alike.strip_prefix(&*plain).filter(|_| !plain.is_empty()) else { continue };
            let exact = self.exact.and_then(|exact| exact.strip_prefix(&**name));
            if rest.is_empty() {
                found.push(exact == Some(""), node.text());
                continue;
            }
            let exact = exact.and_then(|exact| exact.strip_prefix('.'));
            match node {
                Node::Table(entries) => {
                    Key { exact, alike: rest, tables: self.tables }.find_in(entries, found);
                }
                // What stands in place of the table with the key may be meant for all that is in the table.
                Node::Value(_) if self.tables.contains(&rest.len()) => {
                    found.push(exact.is_some(), UNREADABLE.to_owned());
                }
                Node::Value(_) => {}
            }
        }
    }
}

/// A document whose tables keep every entry, also those that have one name.
enum Node {
    Value(String),
    Table(Vec<(String, Self)>),
}

impl Node {
    /// The value as the table of switches reads it. A table or a list is none.
    fn text(&self) -> String {
        match self {
            Self::Value(text) => text.clone(),
            Self::Table(_) => UNREADABLE.to_owned(),
        }
    }
}

/// What a name has in common with those that differ from it in case alone, or in the signs between its words, dots
/// included.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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
        text_of(&switch_in(&path, key))
    }

    /// The value as a text; that of a file that could not be read is [`UNREADABLE`].
    fn text_of(value: &ConfigValue) -> Option<String> {
        value.text().unwrap_or(Some(UNREADABLE)).map(str::to_owned)
    }

    #[test]
    fn the_key_is_found_flat_and_dotted() {
        let yes = Some("true".to_owned());
        assert_eq!(switch("c.json", r#"{"enable_telemetry": true}"#, KEY), yes);
        assert_eq!(switch("c.toml", "enable_telemetry = \"true\"", KEY), yes);
        assert_eq!(switch("c.toml", "[telemetry]\nenable = true", "telemetry.enable"), yes);
        assert_eq!(switch("c.json", r#"{"telemetry.enable": "true"}"#, "telemetry.enable"), yes);
        assert_eq!(switch("c.json", "{}", KEY), None);
        assert_eq!(switch_in(Path::new("/nowhere/c.json"), KEY), ConfigValue::default());
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
    fn what_stands_in_place_of_the_table_with_the_key_is_an_opt_out() {
        let dotted = "tool.telemetry.enable";
        let said = |name: &str, text: &str| switch(name, text, dotted);
        let values = ["false", "true", "null", "0", r#""off""#, "[]", r#"[{"enable": true}]"#];
        for value in values {
            for text in [
                value.to_owned(),
                format!(r#"{{"tool": {value}}}"#),
                format!(r#"{{"tool": {{"telemetry": {value}}}}}"#),
                format!(r#"{{"tool.telemetry": {value}}}"#),
                format!(r#"{{"Tool": {{"TELEMETRY": {value}}}}}"#),
                format!(r#"{{"tool": {{"telemetry": {value}}}, "tool.telemetry.enable": true}}"#),
                format!(r#"{{"tool": {{"telemetry": {{"enable": true}}}}, "tool": {value}}}"#),
            ] {
                assert_eq!(said("c.json", &text).as_deref(), Some(UNREADABLE), "{text}");
            }
        }
        for text in [
            "tool = false",
            "tool.telemetry = \"off\"",
            "[tool]\ntelemetry = []",
            "[[tool.telemetry]]\nenable = true",
            "[[tool]]\ntelemetry.enable = true",
        ] {
            assert_eq!(said("c.toml", text).as_deref(), Some(UNREADABLE), "{text}");
        }
        // A table that does not hold the key says nothing, and neither does what has only the beginning of its name.
        for text in [
            r#"{"tool": {"telemetry": {}}}"#,
            r#"{"tool": {"tele": false}}"#,
            r#"{"tools": false, "enable": 0}"#,
        ] {
            assert_eq!(said("c.json", text), None, "{text}");
        }
    }

    #[test]
    fn another_spelling_of_the_key_may_refuse_and_never_agrees() {
        for spelling in [
            "enableTelemetry",
            "EnableTelemetry",
            "ENABLE_TELEMETRY",
            "enable telemetry",
            "enable_telemetry ",
        ] {
            let said = |value: bool| switch("c.json", &format!(r#"{{"{spelling}": {value}}}"#), KEY);
            assert_eq!((said(false).as_deref(), said(true)), (Some(UNREADABLE), None), "{spelling}");
        }
        for (key, text) in [
            (KEY, "[enable]\ntelemetry = VALUE"),
            (KEY, "enable.telemetry = VALUE"),
            (KEY, "\"enable.telemetry\" = VALUE"),
            (KEY, "Enable.Telemetry = VALUE"),
            ("telemetry.enable", "telemetry_enable = VALUE"),
            ("telemetry.enable", "telemetryEnable = VALUE"),
            ("telemetry.enable", "telemetry-enable = VALUE"),
            ("tool.telemetry.enable", "tool.telemetry_enable = VALUE"),
            ("tool.telemetry.enable", "[tool_telemetry]\nenable = VALUE"),
            ("tool.telemetry.enable", "[tool_]\n_telemetry.Enable = VALUE"),
        ] {
            let said = |value: &str| switch("c.toml", &text.replace("VALUE", value), key);
            assert_eq!((said("false").as_deref(), said("true")), (Some(UNREADABLE), None), "{key}: {text}");
        }
        for text in ["enable = false", "telemetry = false", "_ = false", "[_]\nenable_telemetry = false"] {
            assert_eq!(switch("c.toml", text, KEY), None, "{text}: another key");
        }
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
            assert_eq!(switch_in(&path(name), KEY), ConfigValue::UNREADABLE, "{name}");
        }
        std::fs::write(path("real"), r#"{"enable_telemetry": true}"#).unwrap();
        std::os::unix::fs::symlink(path("real"), path("link.json")).unwrap();
        assert_eq!(
            switch_in(&path("link.json"), KEY),
            Some("true").into(),
            "people link their configurations"
        );
    }
}
