//! Texts from outside: what a product's id looks like, and how anything else is shown.

use aboveboard_types::printable::is_printable;

/// Most characters of a text from outside that are shown.
const MAX_SHOWN: usize = 300;

/// Longest id of a product in bytes, as the grammar of manifests has it.
const MAX_ID: usize = 64;

/// Whether a text can be the id of a product.
pub(crate) fn is_product_id(text: &str) -> bool {
    let is_inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    text.len() <= MAX_ID && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_inner)
}

/// A text in one line that does nothing to a terminal, a log or the order of what is read: control and format characters
/// are replaced, and what is too long is cut.
pub(crate) fn printable(text: &str) -> String {
    let mut shown: String =
        text.chars().take(MAX_SHOWN).map(|c| if is_printable(c) { c } else { '\u{fffd}' }).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// What follows the first byte.
fn behind(bytes: &[u8]) -> &[u8] {
    bytes.get(1..).unwrap_or_default()
}

/// Whether a text is a name with one slip of a finger: a letter more, less, another, or two that changed places; letters may
/// be capital, and `_` may stand for `-`.
pub(crate) fn is_slip(name: &str, text: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let is_same = |one: &[u8], other: &[u8]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| plain(*one) == plain(*other))
    };
    let name = name.as_bytes();
    let text = text.as_bytes();
    let alike = name.iter().zip(text).take_while(|(one, other)| plain(**one) == plain(**other)).count();
    let name = &name[alike..];
    let text = &text[alike..];
    let is_swapped = || match (name, text) {
        ([a, b, name @ ..], [c, d, text @ ..]) => {
            plain(*a) == plain(*d) && plain(*b) == plain(*c) && is_same(name, text)
        }
        _ => false,
    };
    match name.len().abs_diff(text.len()) {
        0 => is_same(behind(name), behind(text)) || is_swapped(),
        1 if name.len() > text.len() => is_same(behind(name), text),
        1 => is_same(name, behind(text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_one_plain_line() {
        assert_eq!(printable("a\nb\u{1b}[31m\u{202e}c\u{e0041}"), "a\u{fffd}b\u{fffd}[31m\u{fffd}c\u{fffd}");
        assert_eq!(printable(&"x".repeat(1_000)).chars().count(), MAX_SHOWN + 1);
        assert_eq!(printable("Größe 日本"), "Größe 日本");
    }

    #[test]
    fn a_slip_is_one_letter_and_no_other_name() {
        for text in
            ["quarri", "quary", "quarrry", "uqarry", "Quarry", "quarr", "xquarry", "quarryx", "QUARRY"]
        {
            assert!(is_slip("quarry", text), "{text}");
        }
        assert!(is_slip("a-b", "a_b") && is_slip("a", ""));
        for text in ["", "mason", "quar", "quarryxy", "yrrauq", "quxxry"] {
            assert!(!is_slip("quarry", text), "{text}");
        }
    }

    #[test]
    fn ids_of_products_are_those_of_the_grammar() {
        assert!(["quarry", "a-b_c9"].iter().all(|id| is_product_id(id)));
        assert!(["", "Quarry", "9a", "a b", "a/b", "ä", &"a".repeat(65)].iter().all(|id| !is_product_id(id)));
    }
}
