//! How a value of a switch is read: by this small table, never by a library's idea of a boolean.

use std::ffi::OsStr;

use aboveboard_types::typed::ConfigValue;

/// What one source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Nothing.
    #[default]
    Unset,
    /// Yes.
    On,
    /// No.
    Off,
    /// Something that is neither; it counts as an opt-out, with a warning in `status`.
    Unreadable,
}

impl Reading {
    /// Whether this opts out.
    #[must_use]
    pub fn is_no(self) -> bool {
        matches!(self, Self::Off | Self::Unreadable)
    }
}

/// Reads the value of a switch: true, 1, yes, on, enabled · false, 0, no, off, disabled, empty · anything else is
/// unreadable. Case and surrounding white space do not count.
#[must_use]
pub fn reading(value: &OsStr) -> Reading {
    let Some(value) = value.to_str() else { return Reading::Unreadable };
    let value = value.trim_ascii();
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if is(&["true", "1", "yes", "on", "enabled"]) {
        Reading::On
    } else if is(&["", "false", "0", "no", "off", "disabled"]) {
        Reading::Off
    } else {
        Reading::Unreadable
    }
}

/// Reads what a host's configuration holds. One that could not be read counts as an opt-out, like a value that is no word
/// of the table.
#[must_use]
pub fn reading_of(config: &ConfigValue) -> Reading {
    match config.text() {
        Ok(text) => text.map_or(Reading::Unset, |text| reading(text.as_ref())),
        Err(_) => Reading::Unreadable,
    }
}

/// Reads `DO_NOT_TRACK`: an opt-out unless it is empty, `0` or `false`. It cannot consent.
pub(super) fn do_not_track(value: &OsStr) -> Reading {
    match value.to_str().map(str::trim_ascii) {
        Some(value) if value.is_empty() || value == "0" || value.eq_ignore_ascii_case("false") => {
            Reading::Unset
        }
        _ => Reading::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn every_word_of_the_table_is_read_and_no_other() {
        for yes in ["true", "1", "yes", "on", "enabled", "TRUE", " Yes\n"] {
            assert_eq!(reading(OsStr::new(yes)), Reading::On, "{yes:?}");
        }
        for no in ["false", "0", "no", "off", "disabled", "", " ", "False"] {
            assert_eq!(reading(OsStr::new(no)), Reading::Off, "{no:?}");
        }
        for neither in ["flase", "2", "y", "t", "null", "none", "truee", "-1", "yes please", "tru\u{0435}"] {
            assert_eq!(reading(OsStr::new(neither)), Reading::Unreadable, "{neither:?}");
        }
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(reading(OsStr::from_bytes(b"\xfftrue")), Reading::Unreadable);
    }

    #[test]
    fn do_not_track_is_a_no_unless_it_says_that_it_is_none() {
        for none in ["", "0", "false", "FALSE"] {
            assert_eq!(do_not_track(OsStr::new(none)), Reading::Unset, "{none:?}");
        }
        for no in ["1", "true", "yes", "no", "off", "x"] {
            assert_eq!(do_not_track(OsStr::new(no)), Reading::Off, "{no:?}");
        }
    }
}
