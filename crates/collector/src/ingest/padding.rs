//! White space between the values of a JSON text. It packs to next to nothing, so that a small request could fill the
//! log with it; agents write none.

use super::limits::MAX_PADDING_DIVISOR;

/// The text without its white space, where that is much of it. The text must have been read as JSON before.
pub(super) fn without(text: &[u8]) -> Option<Vec<u8>> {
    // This counts what stands within strings too: too high a count costs no more than the loop below.
    let white = text.iter().filter(|byte| is_white(**byte)).count();
    if white <= text.len() / MAX_PADDING_DIVISOR {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() - white);
    let mut in_string = false;
    let mut escaped = false;
    for byte in text {
        if in_string || !is_white(*byte) {
            out.push(*byte);
        }
        in_string ^= *byte == b'"' && !escaped;
        escaped = in_string && *byte == b'\\' && !escaped;
    }
    Some(out)
}

const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_outside_of_strings_alone() {
        let padded = br#" { "a" : [ 1 , "x  y \" z \\" , " " ] } "#;
        assert_eq!(without(padded).as_deref(), Some(&br#"{"a":[1,"x  y \" z \\"," "]}"#[..]));
        assert_eq!(without(br#"{"a":"one two"}"#), None);
        assert_eq!(without(&[b" ".repeat(1 << 16), b"{}".to_vec()].concat()), Some(b"{}".to_vec()));
    }
}
