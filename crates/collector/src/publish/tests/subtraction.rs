//! What subtraction from totals tells of small cells, were the figures exact: what the shape of a publication gives away before
//! there is any noise.
//!
//! Of a table with one dimension the linear program has a closed form: cells that are not shown have a known sum, and each of
//! them is at least what is left when all others are as large as they can be.

use crate::publish::{ExactNoise, Noise as _, SeededRandomness, rest_row};

const THRESHOLD: i64 = 20;

/// Nobody may know a cell closer than this.
const CLOSE: i64 = 4;

fn tables() -> u32 {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { 20_000 } else { 2_000 }
}

/// How a publication treats small cells.
type Rule = fn(&[i64]) -> Vec<Bounds>;

/// What is known of a cell that is not shown.
struct Bounds {
    least: i64,
    most: i64,
}

/// Each cell of a sum of so many, each of at most so many.
fn bounds(sum: i64, cells: usize, most: i64) -> Vec<Bounds> {
    let others = i64::try_from(cells).unwrap() - 1;
    (0..cells).map(|_| Bounds { least: (sum - others * most).max(0), most: sum.min(most) }).collect()
}

/// Each cell below the threshold is left out; the total is there.
fn hidden(cells: &[i64]) -> Vec<Bounds> {
    let small: Vec<i64> = cells.iter().copied().filter(|cell| *cell < THRESHOLD).collect();
    bounds(small.iter().sum(), small.len(), THRESHOLD - 1)
}

/// Small cells are in the rest row, of which the sum is shown. What is in it besides small cells may be as large as the sum.
fn in_the_rest(cells: &[i64]) -> Vec<Bounds> {
    let rest = rest_row(cells, &|sum, _| sum >= THRESHOLD);
    if rest.is_small {
        return Vec::new();
    }
    let sum = rest.members.iter().map(|index| cells[*index]).sum();
    bounds(sum, rest.members.len(), sum)
}

/// A table as tables are: a few large cells and many small ones.
fn table(noise: &mut ExactNoise<SeededRandomness>) -> Vec<i64> {
    let cells = 2 + noise.below(14).unwrap();
    let largest = 1 + i64::from(noise.below(400).unwrap());
    (1..=cells)
        .map(|place| i64::from(noise.below(1 + u32::try_from(2 * largest).unwrap() / place).unwrap()))
        .collect()
}

/// Of the cells that are not shown, how many are known within [`CLOSE`], and the least width of what is known.
fn known(rule: Rule) -> (usize, usize, i64) {
    let mut noise = ExactNoise::new(SeededRandomness::new(4));
    let mut known = 0;
    let mut of = 0;
    let mut least = i64::MAX;
    for _ in 0..tables() {
        for Bounds { least: low, most } in rule(&table(&mut noise)) {
            of += 1;
            known += usize::from(most - low <= CLOSE);
            least = least.min(most - low);
        }
    }
    (known, of, least)
}

#[test]
fn torture_no_cell_of_a_rest_row_is_known_by_subtraction() {
    let (known, of, least) = known(in_the_rest);
    println!(
        "{{\"test\":\"subtraction\",\"rule\":\"rest row\",\"cells\":{of},\"known\":{known},\"least width\":{least}}}"
    );
    assert_eq!(known, 0);
    assert!(of > 1_000 && least >= THRESHOLD, "{of}, {least}");
}

#[test]
fn torture_cells_that_were_only_left_out_would_be_known_by_subtraction() {
    let (known, of, least) = known(hidden);
    println!(
        "{{\"test\":\"subtraction\",\"rule\":\"left out\",\"cells\":{of},\"known\":{known},\"least width\":{least}}}"
    );
    assert!(known * 50 > of && least == 0, "{known} of {of}, {least}");
}
