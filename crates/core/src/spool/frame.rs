//! The framing of a line: eight hexadecimal digits of CRC-32, a space, a JSON object, a line feed.
//!
//! A killed writer or a full disk can leave a part of a line without a line feed, and the next line is glued to it. So a
//! line whose checksum fails is searched for a whole one at its end.

use aboveboard_types::checksum::crc32;
use aboveboard_types::hex;

/// The digits and the space.
const PREFIX: usize = 9;

/// Appends `json` as one line.
pub(crate) fn push_line(out: &mut String, json: &str) {
    push_line_of(out, json, crc32(json.as_bytes()));
}

/// Appends `json`, whose checksum is known, as one line.
pub(crate) fn push_line_of(out: &mut String, json: &str, crc: u32) {
    out.reserve(json.len() + PREFIX + 1);
    hex::push(out, &crc.to_be_bytes());
    out.push(' ');
    out.push_str(json);
    out.push('\n');
}

/// One piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A JSON object as it was written.
    Whole(&'a str),
    /// Bytes that no writer left like this: torn, flipped, or foreign.
    Damaged,
}

/// The lines of a file. Ends on every input, and yields no text that was not written.
pub(crate) fn lines(content: &[u8]) -> impl Iterator<Item = Line<'_>> {
    content
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .flat_map(|line| match whole(line) {
            Some(json) => [Some(Line::Whole(json)), None],
            None => [Some(Line::Damaged), glued(line).map(Line::Whole)],
        })
        .flatten()
}

fn whole(line: &[u8]) -> Option<&str> {
    let (prefix, json) = line.split_at_checked(PREFIX)?;
    let (digits, space) = prefix.split_at(PREFIX - 1);
    let hex = |digit: &u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit);
    if space != b" " || json.first() != Some(&b'{') || !digits.iter().all(hex) {
        return None;
    }
    let crc = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    if crc32(json) == crc { std::str::from_utf8(json).ok() } else { None }
}

/// A whole line at the end of a damaged one. Only the last few places that look like a beginning are tried, so that no
/// file makes this slow.
fn glued(line: &[u8]) -> Option<&str> {
    const MAX_TRIED: usize = 4;
    let begins = |at: &usize| line.get(at + PREFIX - 1..at + PREFIX + 1) == Some(b" {");
    (1..line.len()).rev().filter(begins).take(MAX_TRIED).find_map(|at| whole(&line[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [&str; 3] = [r#"{"name":"one"}"#, r#"{"name":"two","a":"x y {"}"#, r#"{"name":"three"}"#];

    fn file() -> String {
        let mut out = String::new();
        EVENTS.iter().for_each(|json| push_line(&mut out, json));
        out
    }

    fn read(content: &[u8]) -> (Vec<&str>, usize) {
        let mut damaged = 0;
        let whole = lines(content).filter_map(|line| match line {
            Line::Whole(json) => Some(json),
            Line::Damaged => {
                damaged += 1;
                None
            }
        });
        let whole = whole.collect();
        (whole, damaged)
    }

    #[test]
    fn a_file_cut_at_any_byte_loses_the_cut_line_alone() {
        let file = file();
        for at in 0..file.len() {
            let whole = file[..at].matches('\n').count();
            let without_feed = file.as_bytes()[at] == b'\n';
            let (read, damaged) = read(&file.as_bytes()[..at]);
            assert_eq!(read, EVENTS[..whole + usize::from(without_feed)]);
            let on_border = at == 0 || file.as_bytes()[at - 1] == b'\n';
            assert_eq!(damaged, usize::from(!without_feed && !on_border), "cut at {at}");
        }
    }

    #[test]
    fn a_flip_of_any_bit_loses_one_line_and_invents_none() {
        let file = file().into_bytes();
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut flipped = file.clone();
                flipped[at] ^= 1 << bit;
                let (read, damaged) = read(&flipped);
                assert!(read.iter().all(|json| EVENTS.contains(json)), "{read:?}");
                assert!(read.len() == 2 && damaged >= 1 || read.len() == 3, "byte {at} bit {bit}: {read:?}");
            }
        }
    }

    #[test]
    fn a_line_glued_to_a_torn_one_is_found() {
        for torn in 1..file().len() {
            let mut content = file()[..torn].to_owned();
            push_line(&mut content, r#"{"name":"four"}"#);
            let (read, _) = read(content.as_bytes());
            assert_eq!(read.last(), Some(&r#"{"name":"four"}"#), "torn at {torn}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_whatever_give_a_line_that_was_not_written(
            garbage in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            at in 0_usize..120,
        ) {
            let mut content = file().into_bytes();
            let at = at.min(content.len());
            content.splice(at..at, garbage);
            let (read, _) = read(&content);
            proptest::prop_assert!(read.iter().all(|json| EVENTS.contains(json)));
            proptest::prop_assert!(read.len() + 1 >= EVENTS.len());
        }
    }
}
