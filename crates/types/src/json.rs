//! JSON of any kind, without serde: whether a text is some, and how one is spelled in it. What has a fixed form is written
//! by [`encode`](crate::encode) and read by [`read`](crate::read).

/// How deep values may be nested.
const MAX_DEPTH: u32 = 32;

/// Whether this is one JSON value and nothing else.
#[must_use]
pub fn is_json(text: &str) -> bool {
    let mut rest = text;
    value(&mut rest, MAX_DEPTH).is_some() && blank(rest).is_empty()
}

/// Appends a text with its quotes.
pub fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => {
                out.push_str("\\u00");
                crate::hex::push(out, &[c as u8]);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// Takes one value from the beginning.
fn value(rest: &mut &str, depth: u32) -> Option<()> {
    let inner = depth.checked_sub(1)?;
    *rest = blank(rest);
    match rest.as_bytes().first()? {
        b'{' => sequence(rest, '{', '}', |rest| {
            *rest = blank(rest);
            string(rest)?;
            sign(rest, ':')?;
            value(rest, inner)
        }),
        b'[' => sequence(rest, '[', ']', |rest| value(rest, inner)),
        b'"' => string(rest),
        _ => scalar(rest),
    }
}

fn sign(rest: &mut &str, sign: char) -> Option<()> {
    *rest = blank(rest).strip_prefix(sign)?;
    Some(())
}

fn sequence(
    rest: &mut &str,
    opens: char,
    closes: char,
    mut item: impl FnMut(&mut &str) -> Option<()>,
) -> Option<()> {
    sign(rest, opens)?;
    if sign(rest, closes).is_some() {
        return Some(());
    }
    loop {
        item(rest)?;
        if sign(rest, closes).is_some() {
            return Some(());
        }
        sign(rest, ',')?;
    }
}

fn string(rest: &mut &str) -> Option<()> {
    *rest = rest.strip_prefix('"')?;
    loop {
        let end = rest.find(|c: char| matches!(c, '"' | '\\' | '\0'..='\x1f'))?;
        let found = rest.as_bytes()[end];
        *rest = &rest[end + 1..];
        match found {
            b'"' => return Some(()),
            b'\\' => escape(rest)?,
            _ => return None,
        }
    }
}

fn escape(rest: &mut &str) -> Option<()> {
    let length = match rest.as_bytes().first()? {
        b'u' if rest.as_bytes().get(1..5)?.iter().all(u8::is_ascii_hexdigit) => 5,
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 1,
        _ => return None,
    };
    *rest = &rest[length..];
    Some(())
}

fn scalar(rest: &mut &str) -> Option<()> {
    let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    (matches!(word, "true" | "false" | "null") || is_number(word)).then_some(())
}

fn is_number(word: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && is_digits(fraction)
        && is_digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_reads_is_json_and_nothing_else() {
        for text in [
            "null",
            " true ",
            "0",
            "-0.5e+7",
            "1E9",
            "\"\"",
            r#""a\u00e4\"\\\/\b""#,
            "[]",
            "{}",
            "[1, [2], {\"a\":{}}]",
            "{\"a\":1,\"b\":[null]}\n",
            "\"\u{7f}ä\"",
            "",
            "nul",
            "True",
            "01",
            "1.",
            ".5",
            "1e",
            "--1",
            "+1",
            "'a'",
            "\"",
            r#""\q""#,
            r#""\u12g4""#,
            "\"\n\"",
            "[1,]",
            "[,]",
            "[1 2]",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "[",
            "1 1",
            "[]]",
            "\u{feff}1",
            "NaN",
            "\"\\u00\"",
        ] {
            assert_eq!(is_json(text), serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text:?}");
        }
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(is_json(&nested(32)) && !is_json(&nested(33)));
    }

    #[test]
    fn a_text_is_read_back_as_it_was() {
        for text in ["", "plain", "\"quoted\\\" /", "\n\r\t\0\x01\x1f\x7f", "ä€😀\u{2028}"] {
            let mut spelled = String::new();
            push_text(&mut spelled, text);
            assert_eq!(serde_json::from_str::<String>(&spelled).unwrap(), text);
            assert!(is_json(&spelled), "{spelled}");
        }
    }
}
