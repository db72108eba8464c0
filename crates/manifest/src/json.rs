//! Writing JSON: texts and lists, which is all that is needed here.

use std::fmt::Write as _;

/// A text with its quotes.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of values that are JSON already.
pub(crate) fn list(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_reads_back() {
        for text in ["", "a\"b\\c\nd\te\u{1}\u{7f}\u{85}é\u{2028}"] {
            assert_eq!(serde_json::from_str::<String>(&super::text(text)).unwrap(), text);
        }
    }
}
