//! The rest row: cells of a partition that are too small to be shown, as one.
//!
//! A cell that was only hidden could be computed from the total. So at least two are put together, and so many that their sum
//! is not small itself; the row depends on the sum of what is in it and on nothing else of it.

/// The cells of a partition that are shown as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestRow {
    /// Their places, ascending; none or at least two.
    pub members: Vec<usize>,
    /// Whether even all cells together are too small to be shown.
    pub is_small: bool,
}

/// Which cells go into the rest row: all below the threshold of one cell, and the smallest others until they are two and their
/// sum reaches the threshold of a sum of so many.
#[must_use]
pub fn rest_row(cells: &[i64], threshold: &dyn Fn(usize) -> i64) -> RestRow {
    let (mut members, mut others): (Vec<usize>, Vec<usize>) = {
        let is_small = |index: &usize| cells.get(*index).is_some_and(|cell| *cell < threshold(1));
        (0..cells.len()).partition(is_small)
    };
    if members.is_empty() {
        return RestRow::default();
    }
    let value = |index: &usize| cells.get(*index).copied().unwrap_or(0);
    others.sort_by_key(|index| std::cmp::Reverse(value(index)));
    let sum = |members: &[usize]| members.iter().fold(0_i64, |sum, index| sum.saturating_add(value(index)));
    while members.len() < 2 || sum(&members) < threshold(members.len()) {
        let Some(smallest) = others.pop() else {
            members.sort_unstable();
            return RestRow { members, is_small: true };
        };
        members.push(smallest);
    }
    members.sort_unstable();
    RestRow { members, is_small: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_cell_takes_the_smallest_others_along_until_the_sum_can_be_shown() {
        let rest = |cells: &[i64]| rest_row(cells, &|_| 20);
        let row = |members: &[usize]| RestRow { members: members.to_vec(), is_small: false };
        assert_eq!(rest(&[30, 40, 50]), row(&[]));
        assert_eq!(rest(&[30, 4, 50]), row(&[0, 1]), "one alone takes another along");
        assert_eq!(rest(&[30, 4, 5, 50]), row(&[0, 1, 2]), "the sum is too small");
        assert_eq!(rest(&[30, 14, 5, 50, 2]), row(&[1, 2, 4]));
        assert_eq!(rest(&[30, 15, -5, 50, 2]), row(&[0, 1, 2, 4]), "noise below 0 counts as it is");
        assert_eq!(rest(&[5, 6]), RestRow { members: vec![0, 1], is_small: true });
        assert_eq!(rest(&[25, -7]), RestRow { members: vec![0, 1], is_small: true });
        assert!(rest_row(&[25, 6], &|cells| if cells == 1 { 20 } else { 32 }).is_small);
    }
}
