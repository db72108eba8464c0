//! Whole numbers between two bounds that the compiler knows.

/// A whole number from `MIN` to `MAX`, inclusive.
///
/// ```
/// use aboveboard_types::typed::Bounded;
/// type ExitCode = Bounded<0, 255>;
/// const USAGE: ExitCode = ExitCode::constant::<64>();   // out of bounds does not compile
/// assert_eq!(USAGE.get(), 64);
/// assert_eq!(ExitCode::new(256), None);                 // what comes from outside is checked as the program runs
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounded<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Bounded<MIN, MAX> {
    /// A constant. Out of bounds it does not compile.
    #[must_use]
    pub const fn constant<const NUMBER: u64>() -> Self {
        const {
            assert!(
                MIN <= NUMBER && NUMBER <= MAX,
                "this number is out of the bounds that the manifest declares"
            );
        }
        Self(NUMBER)
    }

    /// A number from outside; `None` out of bounds.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if MIN <= number && number <= MAX { Some(Self(number)) } else { None }
    }

    /// A number from outside; beyond a bound it becomes that bound.
    #[must_use]
    pub const fn clamped(number: u64) -> Self {
        if number < MIN {
            Self(MIN)
        } else if number > MAX {
            Self(MAX)
        } else {
            Self(number)
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_keeps_its_bounds() {
        type Code = Bounded<100, 599>;
        assert_eq!(Code::constant::<404>().get(), 404);
        assert_eq!((Code::new(99), Code::new(600)), (None, None));
        assert_eq!((Code::clamped(1).get(), Code::clamped(9_999).get()), (100, 599));
    }
}
