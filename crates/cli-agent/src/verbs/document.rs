//! What the verbs print for programs: JSON with two spaces before each level.

use std::fmt;

use aboveboard_types::json;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// `null`.
    Nothing,
    Text(String),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

impl Document {
    pub(super) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    /// The text, or `null`.
    pub(super) fn of(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// The texts of a list.
    pub(super) fn list<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    fn push(&self, out: &mut String, depth: usize) {
        match self {
            Self::Nothing => out.push_str("null"),
            Self::Text(text) => json::push_text(out, text),
            Self::List(items) => {
                sequence(out, depth, ["[", "]"], items, |out, item| item.push(out, depth + 1))
            }
            Self::Object(entries) => sequence(out, depth, ["{", "}"], entries, |out, (key, value)| {
                json::push_text(out, key);
                out.push_str(": ");
                value.push(out, depth + 1);
            }),
        }
    }
}

fn sequence<T>(
    out: &mut String,
    depth: usize,
    [opens, closes]: [&str; 2],
    items: &[T],
    push: impl Fn(&mut String, &T),
) {
    out.push_str(opens);
    for (place, item) in items.iter().enumerate() {
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n("  ", depth + 1));
        push(out, item);
    }
    if !items.is_empty() {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
    out.push_str(closes);
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.push(&mut out, 0);
        f.write_str(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_spelled_for_people_and_read_by_programs() {
        let document = Document::Object(vec![
            ("name", Document::text("a \"b\"")),
            ("none", Document::of(None::<&str>)),
            ("empty", Document::List(Vec::new())),
            ("list", Document::list(["x", "y"])),
            ("objects", Document::List(vec![Document::Object(vec![("k", Document::text("v"))])])),
        ]);
        let expected = r#"{
  "name": "a \"b\"",
  "none": null,
  "empty": [],
  "list": [
    "x",
    "y"
  ],
  "objects": [
    {
      "k": "v"
    }
  ]
}"#;
        assert_eq!(document.to_string(), expected);
        assert!(json::is_json(expected));
    }
}
