//! Lines out of bytes, in bounded memory.

/// The longest line in bytes, with its line feed. An event with every field a manifest may declare is shorter.
pub(crate) const MAX_LINE_BYTES: usize = 16_384;

/// Lines as their bytes come in.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// A line that has begun, below the limit.
    begun: Vec<u8>,
    /// Whether the rest of a line that is too long is being passed over.
    is_skipping: bool,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'b> {
    /// A line, without its line feed.
    Line(&'b [u8]),
    /// A line that is too long.
    TooLong,
}

impl Lines {
    /// Takes bytes and hands out the lines that they end. One that becomes too long is handed out at once.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(Found<'_>)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line = &bytes[..end];
            bytes = &bytes[end + 1..];
            if std::mem::take(&mut self.is_skipping) {
                continue;
            }
            if self.is_too_long(line) {
                take(Found::TooLong);
            } else if self.begun.is_empty() {
                take(Found::Line(line));
            } else {
                self.begun.extend_from_slice(line);
                take(Found::Line(&self.begun));
            }
            self.begun.clear();
        }
        if self.is_skipping {
            return;
        }
        if self.is_too_long(bytes) {
            self.begun.clear();
            self.is_skipping = true;
            take(Found::TooLong);
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    /// Hands out a last line that has no line feed.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(Found<'_>)) {
        let last = std::mem::take(&mut self.begun);
        if !last.is_empty() {
            take(Found::Line(&last));
        }
    }

    fn is_too_long(&self, more: &[u8]) -> bool {
        self.begun.len() + more.len() >= MAX_LINE_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of these parts; a line that is too long is `!`.
    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut take = |one: Found<'_>| match one {
            Found::Line(line) => found.push(String::from_utf8_lossy(line).into_owned()),
            Found::TooLong => found.push("!".to_owned()),
        };
        parts.iter().for_each(|part| lines.feed(part, &mut take));
        lines.finish(&mut take);
        assert!(lines.begun.capacity() <= 2 * MAX_LINE_BYTES);
        found
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let text = b"one\n\ntwo three\nlast";
        let expected = ["one", "", "two three", "last"];
        assert_eq!(lines(&[text]), expected);
        for size in 1..text.len() {
            let parts: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(lines(&parts), expected, "{size}");
        }
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_once_to_its_end_and_holds_no_memory() {
        let longest = "x".repeat(MAX_LINE_BYTES - 1);
        let just = format!("{longest}\nnext\n");
        assert_eq!(lines(&[just.as_bytes()]), [&*longest, "next"]);
        let beyond = format!("a\n{longest}x\nnext\n");
        let endless = "x".repeat(1 << 20);
        for size in [1, 7, 4_096, MAX_LINE_BYTES, 1 << 20] {
            let parts: Vec<&[u8]> = beyond.as_bytes().chunks(size).collect();
            assert_eq!(lines(&parts), ["a", "!", "next"], "{size}");
            let parts: Vec<&[u8]> = endless.as_bytes().chunks(size).collect();
            assert_eq!(lines(&parts), ["!"], "{size}");
        }
    }
}
