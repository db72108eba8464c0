//! Text that comes from elsewhere, made harmless for a terminal.
//!
//! Escape sequences move the cursor, hide lines and rename windows; format characters reverse or hide what a reader sees.
//! None of them belongs into anything that is printed here. What is printed shows them as escapes of JSON, so a line of
//! JSON stays the same document.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is what it looks like: no control, none that shows nothing or changes the order of its neighbours,
/// and none whose look is a private matter.
#[must_use]
pub const fn is_printable(c: char) -> bool {
    !c.is_ascii_control() && (c.is_ascii() || !is_hidden(c))
}

/// The controls of Latin 1, format characters (Cf), separators of lines and paragraphs, characters that are ignored by
/// default, private use and noncharacters. They are ranges of code points, since the standard library has no table.
const fn is_hidden(c: char) -> bool {
    matches!(c as u32,
        0x80..=0x9f | 0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2
        | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        | 0x2800 | 0x3164 | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
        | 0x110bd | 0x110cd | 0x13430..=0x1343f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
        | 0xf0000..=0x10_ffff)
        || c as u32 & 0xfffe == 0xfffe
}

/// The text with `\uXXXX` in place of every character that is not [printable](is_printable). Line feeds and tabs stay.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    let passes = |c: char| is_printable(c) || matches!(c, '\n' | '\t');
    let Some(first) = text.find(|c: char| !passes(c)) else { return Cow::Borrowed(text) };
    let mut neutral = String::with_capacity(text.len() + 16);
    neutral.push_str(&text[..first]);
    for c in text[first..].chars() {
        if passes(c) {
            neutral.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing into a `String` cannot fail.
            let _ = write!(neutral, "\\u{unit:04x}");
        }
    }
    Cow::Owned(neutral)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_hides_or_steers_is_shown_as_an_escape() {
        let hostile = [
            '\0',
            '\u{7}',
            '\u{8}',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{2800}',
            '\u{3164}',
            '\u{e000}',
            '\u{fdd0}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{1d173}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{f0000}',
            '\u{10ffff}',
        ];
        for c in hostile {
            assert!(!is_printable(c), "{c:?}");
            let shown = neutral(&format!("a{c}b")).into_owned();
            assert!(
                shown.starts_with("a\\u") && shown.ends_with('b') && !shown.contains(c),
                "{c:?}: {shown}"
            );
            let read: String = serde_json::from_str(&format!("\"{shown}\"")).unwrap();
            assert_eq!(read, format!("a{c}b"), "a line of JSON stays the same");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        let text = "Grüße, 東京, Привет, שלום, 👍 – „tables“ \u{a0}x\n\tnext";
        assert!(matches!(neutral(text), Cow::Borrowed(same) if same == text));
    }
}
