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

    /// A number from outside, of any type of whole numbers; `None` out of bounds.
    #[must_use]
    pub fn new(number: impl TryInto<u64>) -> Option<Self> {
        number.try_into().ok().filter(|number| (MIN..=MAX).contains(number)).map(Self)
    }

    /// A number from outside; beyond a bound it becomes that bound. Of one type, so that a smaller one is handed over by
    /// `into()`.
    #[must_use]
    pub const fn clamped(number: u64) -> Self {
        if number < MIN {
            return Self(MIN);
        }
        Self(if number > MAX { MAX } else { number })
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

    #[test]
    fn a_number_of_any_type_is_taken_without_a_cast() {
        type Code = Bounded<100, 599>;
        let of_http: u16 = 404;
        assert_eq!(Code::new(of_http), Some(Code::constant::<404>()));
        assert_eq!(
            (Code::new(-1_i32), Code::new(u128::MAX), Code::new(200_usize).map(Code::get)),
            (None, None, Some(200))
        );
        let small: u32 = 99;
        assert_eq!(Code::clamped(small.into()).get(), 100);
    }
}
