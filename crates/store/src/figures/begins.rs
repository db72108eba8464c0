//! From when on the data speaks for a product: what is compared must not reach back over its beginning.

use crate::calendar::Day;

/// The data begins when so large a part of all installations had been seen: one in ten. Whoever tried a product early does not
/// make its data begin.
const PART: u64 = 10;

/// For how many days after the beginning installations that were there all along are still seen for the first time.
pub(super) const ALL_ARE_NEW: Day = 28;

/// The day on which the data begins, from how many installations were first seen on each day. Days ascend.
pub(super) fn begins(first_seen: &[(Day, u64)]) -> Option<Day> {
    let all: u64 = first_seen.iter().map(|(_, seen)| seen).sum();
    let mut until = 0;
    let is_first = |(_, seen): &&(Day, u64)| {
        until += seen;
        until > 0 && until.saturating_mul(PART) >= all
    };
    first_seen.iter().find(is_first).map(|(day, _)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_who_tried_a_product_early_do_not_make_its_data_begin() {
        let tried = [(1, 1), (40, 2), (90, 1)];
        let released = [tried.as_slice(), &[(200, 150), (201, 30), (220, 6)]].concat();
        assert_eq!(begins(&released), Some(200));
        assert_eq!(begins(&tried), Some(1), "of a product that few run each counts");
        assert_eq!(begins(&[(7, 0)]), None);
        assert_eq!(begins(&(0..365).map(|day| (day, 5)).collect::<Vec<_>>()), Some(36), "steady growth");
    }
}
