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

/// Which cells go into the rest row: all that are not shown, and the smallest others until their sum is shown.
/// `is_shown` says it of the sum of so many cells.
#[must_use]
pub fn rest_row(cells: &[i64], is_shown: &dyn Fn(i64, usize) -> bool) -> RestRow {
    let value = |index: &usize| cells.get(*index).copied().unwrap_or(0);
    let (mut others, mut members): (Vec<usize>, Vec<usize>) =
        (0..cells.len()).partition(|index| is_shown(value(index), 1));
    if members.is_empty() {
        return RestRow::default();
    }
    others.sort_by_key(|index| std::cmp::Reverse(value(index)));
    let sum = |members: &[usize]| members.iter().fold(0_i64, |sum, index| sum.saturating_add(value(index)));
    // One cell alone is not shown, so it always takes another along.
    while !is_shown(sum(&members), members.len()) {
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
        let rest = |cells: &[i64]| rest_row(cells, &|sum, _| sum >= 20);
        let row = |members: &[usize]| RestRow { members: members.to_vec(), is_small: false };
        assert_eq!(rest(&[30, 40, 50]), row(&[]));
        assert_eq!(rest(&[30, 4, 50]), row(&[0, 1]), "one alone takes another along");
        assert_eq!(rest(&[30, 4, 5, 50]), row(&[0, 1, 2]), "the sum is too small");
        assert_eq!(rest(&[30, 14, 5, 50, 2]), row(&[1, 2, 4]));
        assert_eq!(rest(&[30, 15, -5, 50, 2]), row(&[0, 1, 2, 4]), "noise below 0 counts as it is");
        assert_eq!(rest(&[5, 6]), RestRow { members: vec![0, 1], is_small: true });
        assert_eq!(rest(&[25, -7]), RestRow { members: vec![0, 1], is_small: true });
        let wider = rest_row(&[25, 6], &|sum, cells| sum >= if cells == 1 { 20 } else { 32 });
        assert!(wider.is_small, "a sum of more noise must be larger to be shown");
    }
}
