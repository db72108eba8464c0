//! A cursor over JSON. Nothing is copied and nothing is built: the caller takes what it expects, in its order.

/// How deep a skipped value may be nested. What this crate writes is five deep.
const MAX_DEPTH: u32 = 32;

/// The rest of a JSON text. Every method takes one value from its beginning, and returns `None` where the next value is
/// another.
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Reads all of `text` with `read`, which must leave nothing of it.
    pub(super) fn read<T>(text: &'a str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut json = Self(text);
        let value = read(&mut json)?;
        json.peek().is_none().then_some(value)
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
        self.0.as_bytes().first().copied()
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        if self.peek()? != expected {
            return None;
        }
        self.0 = &self.0[1..];
        Some(())
    }

    /// A text without escapes: no declared name holds a quote, a backslash or a control character.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.escaped_text().filter(|text| !text.contains('\\'))
    }

    /// A text as it stands between its quotes.
    fn escaped_text(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let mut is_escaped = false;
        let end = self.0.bytes().position(|byte| {
            let ends = byte < b' ' || byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        })?;
        let text = &self.0[..end];
        // Not `take`, which would pass over white space: a control character may stand here.
        self.0 = self.0[end..].strip_prefix('"')?;
        Some(text)
    }

    /// A whole number, without leading zeros.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.peek()?;
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.0.len());
        let digits = &self.0[..end];
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.0 = &self.0[end..];
        digits.parse().ok()
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.peek()?;
        let (flag, word) = if self.0.starts_with('t') { (true, "true") } else { (false, "false") };
        self.0 = self.0.strip_prefix(word)?;
        Some(flag)
    }

    /// A list; `item` takes each of its items.
    pub(super) fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.sequence(b'[', b']', &mut item)
    }

    /// An object; `entry` takes the value of each key.
    pub(super) fn object(&mut self, mut entry: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.sequence(b'{', b'}', &mut |json| {
            let key = json.escaped_text()?;
            json.take(b':')?;
            entry(json, key)
        })
    }

    fn sequence(
        &mut self,
        opens: u8,
        closes: u8,
        item: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.take(opens)?;
        if self.take(closes).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            if self.take(closes).is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// Passes over a value of any kind.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(MAX_DEPTH)
    }

    fn skip_within(&mut self, depth: u32) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        match self.peek()? {
            b'{' => self.object(|json, _| json.skip_within(inner)),
            b'[' => self.list(|json| json.skip_within(inner)),
            b'"' => self.escaped_text().map(drop),
            _ => {
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let end = self.0.bytes().position(|byte| !is_plain(byte)).unwrap_or(self.0.len());
                self.0 = &self.0[end..];
                (end > 0).then_some(())
            }
        }
    }
}
