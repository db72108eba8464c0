//! How often a header states the length of its body. The parser keeps one of two lines that say the same, and a proxy that
//! reads them otherwise may be in front.

/// What a line that states a length begins with, in lower case.
const NAME: &[u8] = b"content-length:";

/// Reads a header as it comes.
#[derive(Debug)]
pub(super) struct LengthScan {
    /// Bytes of this line so far, without its end.
    column: usize,
    /// Whether the line is still like the name.
    is_like_name: bool,
    has_begun: bool,
    is_over: bool,
    lengths: u8,
}

impl LengthScan {
    pub(super) fn new() -> Self {
        Self { column: 0, is_like_name: true, has_begun: false, is_over: false, lengths: 0 }
    }

    /// How many lines have stated a length, with these bytes of the header.
    pub(super) fn read(&mut self, bytes: &[u8]) -> u8 {
        for byte in bytes {
            match byte {
                _ if self.is_over => break,
                b'\n' => {
                    // An empty line ends the header, and before it means nothing.
                    self.is_over = self.column == 0 && self.has_begun;
                    self.has_begun |= self.column > 0;
                    self.column = 0;
                    self.is_like_name = true;
                }
                b'\r' => {}
                byte => {
                    if self.is_like_name {
                        self.is_like_name = NAME.get(self.column) == Some(&byte.to_ascii_lowercase());
                        let is_name = self.is_like_name && self.column + 1 == NAME.len();
                        self.lengths = self.lengths.saturating_add(u8::from(is_name));
                    }
                    self.column += 1;
                }
            }
        }
        self.lengths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_state_a_length_are_counted_however_they_come() {
        for (header, lengths) in [
            ("POST / HTTP/1.1\r\nhost: x\r\n\r\ncontent-length: 1\r\n", 0),
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n", 1),
            ("POST / HTTP/1.1\r\nx-content-length: 1\r\ncontent-lengths: 2\r\ncontent-length: 1\r\n\r\n", 1),
            ("POST / HTTP/1.1\r\nCONTENT-length: 1\r\nx: y\r\nContent-Length:1\r\n\r\n", 2),
            ("\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", 2),
            ("POST / HTTP/1.1\ncontent-length: 1\ncontent-length: 1\n\n", 2),
        ] {
            assert_eq!(LengthScan::new().read(header.as_bytes()), lengths, "{header}");
            let mut scan = LengthScan::new();
            let counts: Vec<_> = header.as_bytes().chunks(1).map(|byte| scan.read(byte)).collect();
            assert_eq!(counts.last(), Some(&lengths), "{header}");
        }
    }
}
