//! What a request asks for.

use super::http::Request;

/// A statement, without rows.
#[derive(Clone, Debug)]
pub(super) struct Statement(String);

impl Statement {
    pub(super) fn of(request: &Request) -> Self {
        let parameters = request.target.split_once('?').map_or("", |(_, parameters)| parameters);
        let named = parameters.split('&').find_map(|parameter| parameter.strip_prefix("query="));
        Self(match named {
            Some(text) => decoded(text),
            None => String::from_utf8_lossy(&request.body).into_owned(),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether a server may go on with it after it has answered.
    pub(super) fn may_delete(&self) -> bool {
        self.0.starts_with("ALTER TABLE ")
    }

    /// Whether it is a question, of which the answer is rows.
    pub(super) fn is_question(&self) -> bool {
        self.0.starts_with("SELECT ")
    }

    /// The question without the format of its answer.
    pub(super) fn question(&self) -> &str {
        self.0.rsplit_once(" FORMAT ").map_or(self.0.as_str(), |(question, _)| question)
    }

    /// The columns by which the rows of its answer are ordered, outside of all parentheses. Rows that are equal in them come in any order.
    pub(super) fn order(&self) -> Vec<String> {
        let mut depth = 0u32;
        let mut outside = String::new();
        for letter in self.0.chars() {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                letter if depth == 0 => outside.push(letter),
                _ => {}
            }
        }
        let Some((_, order)) = outside.split_once(" ORDER BY ") else { return Vec::new() };
        let order = order.split(" LIMIT ").next().and_then(|order| order.split(" FORMAT ").next());
        let columns = order.unwrap_or_default().split(", ");
        columns.map(|column| column.trim_end_matches(" DESC").to_owned()).collect()
    }

    /// The statement without what differs between two that are asked for the same reason: its numbers and texts, and how many there are of them.
    pub(super) fn kind(&self) -> String {
        let mut kind = shape(&self.0);
        for (many, one) in [
            ("N, N", "N"),
            ("N,N", "N"),
            ("'S', 'S'", "'S'"),
            ("('S', N), ('S', N)", "('S', N)"),
            ("(N), (N)", "(N)"),
        ] {
            while kind.contains(many) {
                kind = kind.replace(many, one);
            }
        }
        kind
    }
}

/// Numbers as `N`, texts as `'S'`. Digits behind a letter are part of a name.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_in_name = shape.chars().last().is_some_and(char::is_alphanumeric);
        if letter == '\'' {
            while let Some(inner) = letters.next().filter(|inner| *inner != '\'') {
                if inner == '\\' {
                    letters.next();
                }
            }
            shape.push_str("'S'");
        } else if letter.is_ascii_digit() && !is_in_name {
            while letters.next_if(char::is_ascii_digit).is_some() {}
            if shape.ends_with(" -") || shape.ends_with("(-") {
                shape.pop();
            }
            shape.push('N');
        } else {
            shape.push(letter);
        }
    }
    shape
}

/// A parameter as it is meant.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let number = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(number.unwrap_or(*first));
        rest = if number.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
