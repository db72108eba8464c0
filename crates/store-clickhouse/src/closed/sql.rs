//! Pieces of statements. Nothing in them comes from outside but what is quoted here, and numbers.

use std::fmt::{Display, Write as _};

use aboveboard_store::read::Days;

/// A text as a literal.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            '\0' => literal.push_str("\\0"),
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

/// Numbers with commas between them.
pub(super) fn list<T: Display>(numbers: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{number}");
    }
    text
}

/// That a column lies within days.
pub(super) fn within(column: &str, days: Days) -> String {
    format!("{column} >= {} AND {column} <= {}", days.first, days.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_literal_whatever_it_holds() {
        assert_eq!(quoted("it's \\ a\0b"), "'it\\'s \\\\ a\\0b'");
        assert_eq!(list([1_u64, u64::MAX]), "1,18446744073709551615");
        assert_eq!(list([0_u64; 0]), "");
    }
}
