//! The release lines of a product.

use std::fmt;
use std::str::FromStr;

/// A release line: the first two numbers of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseLine {
    /// First number.
    pub major: u16,
    /// Second number.
    pub minor: u16,
}

impl fmt::Display for ReleaseLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no release line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoReleaseLine;

impl fmt::Display for NoReleaseLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a release line; write the first two numbers of its versions: 2.1")
    }
}

impl std::error::Error for NoReleaseLine {}

impl FromStr for ReleaseLine {
    type Err = NoReleaseLine;

    fn from_str(text: &str) -> Result<Self, NoReleaseLine> {
        let number = |text: &str| text.parse::<u16>().ok().filter(|number| number.to_string() == text);
        let (major, minor) = text.split_once('.').ok_or(NoReleaseLine)?;
        let major = number(major).ok_or(NoReleaseLine)?;
        let minor = number(minor).ok_or(NoReleaseLine)?;
        Ok(Self { major, minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_two_numbers_in_their_one_spelling() {
        let line: ReleaseLine = "2.1".parse().unwrap();
        assert_eq!((line, line.to_string()), (ReleaseLine { major: 2, minor: 1 }, "2.1".to_owned()));
        for text in ["2", "2.", "2.1.0", "02.1", "+2.1", "2.x", "2.65536", ""] {
            assert_eq!(text.parse::<ReleaseLine>(), Err(NoReleaseLine), "{text}");
        }
    }
}
