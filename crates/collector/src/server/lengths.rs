//! How often each header on a connection states the length of its body. The parser keeps one of two lines that say the same,
//! and a proxy that reads them otherwise may be in front.

use std::collections::VecDeque;

/// What a line that states a length begins with, in lower case.
const NAME: &[u8] = b"content-length:";

/// Reads a connection as it comes: headers, and bodies as long as these say. Requests may come one behind the other, several
/// in one read.
#[derive(Debug, Default)]
pub(super) struct LengthScan {
    /// What is left of a body.
    body: u64,
    header: Header,
    /// Of each header that has ended and whose request is not taken yet.
    ended: VecDeque<u8>,
}

/// A header while it comes.
#[derive(Debug, Default)]
struct Header {
    /// Bytes of this line so far, without its end.
    column: usize,
    line: Line,
    has_begun: bool,
    /// How many lines have stated a length.
    lengths: u8,
    /// The length that they state; none where it is no number.
    length: Option<u64>,
}

/// What a line of a header is, as far as it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    /// It is like the name of a length so far.
    #[default]
    Name,
    Length,
    Other,
}

impl LengthScan {
    /// Reads what came.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.body > 0 {
                let passed = usize::try_from(self.body).map_or(bytes.len(), |body| body.min(bytes.len()));
                self.body -= passed as u64;
                bytes = &bytes[passed..];
                continue;
            }
            bytes = rest;
            if self.header.ends_with(*byte) {
                let header = std::mem::take(&mut self.header);
                self.ended.push_back(header.lengths);
                // Where it is no number, the request is refused and nothing behind it is read.
                self.body = header.length.unwrap_or(0);
            }
        }
    }

    /// How many lines of the header of the next request stated a length; as of too many where no header has ended.
    pub(super) fn take(&mut self) -> u8 {
        self.ended.pop_front().unwrap_or(u8::MAX)
    }
}

impl Header {
    /// Reads a byte; true at the end of the header.
    fn ends_with(&mut self, byte: u8) -> bool {
        match byte {
            b'\n' => {
                // An empty line ends the header, and before it means nothing.
                let is_over = self.column == 0 && self.has_begun;
                self.has_begun |= self.column > 0;
                self.column = 0;
                self.line = Line::Name;
                return is_over;
            }
            b'\r' => return false,
            byte => match self.line {
                Line::Other => {}
                Line::Length => self.digit(byte),
                Line::Name if NAME.get(self.column) != Some(&byte.to_ascii_lowercase()) => {
                    self.line = Line::Other;
                }
                Line::Name if self.column + 1 == NAME.len() => {
                    self.line = Line::Length;
                    self.lengths = self.lengths.saturating_add(1);
                    self.length = Some(0);
                }
                Line::Name => {}
            },
        }
        self.column += 1;
        false
    }

    fn digit(&mut self, byte: u8) {
        if matches!(byte, b' ' | b'\t') {
            return;
        }
        let digit = char::from(byte).to_digit(10).map(u64::from);
        self.length =
            self.length.zip(digit).and_then(|(length, digit)| length.checked_mul(10)?.checked_add(digit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted of a connection, in pieces of so many bytes.
    fn counted(connection: &str, piece: usize) -> Vec<u8> {
        let mut scan = LengthScan::default();
        connection.as_bytes().chunks(piece).for_each(|bytes| scan.read(bytes));
        scan.ended.into()
    }

    #[test]
    fn lines_that_state_a_length_are_counted_of_each_header_however_they_come() {
        let post = "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n";
        let twice = "POST / HTTP/1.1\r\ncontent-length: 3\r\nContent-Length: 3\r\n\r\n";
        let like_a_header = "POST / HTTP/1.1\r\ncontent-length: 28\r\n\r\n\r\ncontent-length: 1\r\n\r\nabcde";
        for (connection, lengths) in [
            ("POST / HTTP/1.1\r\nhost: x\r\n\r\n", &[0][..]),
            ("POST / HTTP/1.1\r\nhost: x\r\n", &[]),
            (
                "POST / HTTP/1.1\r\nx-content-length: 1\r\ncontent-lengths: 2\r\ncontent-length: 1\r\n\r\n",
                &[1],
            ),
            ("POST / HTTP/1.1\r\nCONTENT-length: 1\r\nx: y\r\nContent-Length:1\r\n\r\n", &[2]),
            ("\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", &[2]),
            ("POST / HTTP/1.1\ncontent-length: 1\ncontent-length: 1\n\n", &[2]),
            (&format!("{post}abc{twice}abc{post}abc"), &[1, 2, 1]),
            (&format!("GET / HTTP/1.1\r\n\r\n{twice}"), &[0, 2]),
            (&format!("{post}abc\r\n\r\n{twice}"), &[1, 2]),
            (&format!("{like_a_header}{twice}"), &[1, 2]),
            (&format!("{post}ab"), &[1]),
        ] {
            for piece in [1, 7, 1_000] {
                assert_eq!(counted(connection, piece), lengths, "{connection:?} in {piece}s");
            }
        }
    }

    #[test]
    fn each_request_takes_its_own_and_one_without_a_header_is_refused() {
        let mut scan = LengthScan::default();
        assert_eq!(scan.take(), u8::MAX);
        scan.read(b"GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
        assert_eq!([scan.take(), scan.take(), scan.take()], [0, 1, u8::MAX]);
    }

    #[test]
    fn a_length_beyond_all_numbers_is_none() {
        let huge =
            format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\nGET / HTTP/1.1\r\n\r\n", "9".repeat(40));
        assert_eq!(counted(&huge, 3), [1, 0]);
    }
}
