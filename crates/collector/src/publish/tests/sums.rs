//! Tables that are made to add up: that they do, that no cell is favoured, and how sharp they are.

use aboveboard_published::ratio::Ratio;

use super::samples::{counts, headline};
use crate::publish::{ExactNoise, SeededRandomness, Settled, draw, settle};

fn runs() -> u32 {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { 100_000 } else { 8_000 }
}

fn sd(variance: Ratio) -> f64 {
    (variance.numerator() as f64 / variance.denominator() as f64).sqrt()
}

/// A sum of numbers and of their squares.
#[derive(Clone, Default)]
struct Moments {
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, number: i64) {
        self.sum += number as f64;
        self.squares += (number * number) as f64;
    }

    /// How far the mean is from 0 and the variance from that claimed, in standard deviations of what chance does.
    fn z(&self, n: f64, sd: f64) -> (f64, f64) {
        let mean = self.sum / n;
        let variance = self.squares / n - mean * mean;
        (mean / (sd / n.sqrt()), (variance / (sd * sd) - 1.0) / (2.0 / n).sqrt())
    }
}

#[test]
fn torture_tables_add_up_to_one_total_without_bias_and_are_as_sharp_as_they_say() {
    let layout = headline(&[3, 3, 10, 14]);
    let counts = counts(&layout, 1_000);
    let mut noise = ExactNoise::new(SeededRandomness::new(4));
    let mut moments = vec![Moments::default(); layout.cells()];
    let mut sharp = Settled::default();
    for _ in 0..runs() {
        let settled = settle(&layout, &draw(&layout, &counts, &mut noise).unwrap()).unwrap();
        let total = settled.tables[0].cells[0];
        let cells = settled.tables.iter().flat_map(|table| &table.cells);
        for ((cell, exact), moments) in cells.zip(counts.cells()).zip(&mut moments) {
            moments.add(cell - i64::try_from(*exact).unwrap());
        }
        for table in &settled.tables[1..] {
            assert_eq!(table.cells.iter().sum::<i64>(), total);
            assert_eq!(table.total, Some(total));
        }
        sharp = settled;
    }
    let variances =
        sharp.tables.iter().flat_map(|table| table.cells.iter().map(|_| sd(table.variance(1).unwrap())));
    for (index, (moments, sd)) in moments.iter().zip(variances).enumerate() {
        let (mean, variance) = moments.z(f64::from(runs()), sd);
        println!(
            "{{\"test\":\"sums\",\"cell\":{index},\"sd\":{sd:.2},\"mean z\":{mean:.2},\"variance z\":{variance:.2}}}"
        );
        assert!(mean.abs() < 4.5, "cell {index} is off by {mean} standard deviations");
        // Rounding to whole numbers adds up to half of a twelfth and more: less than 2 % of a variance of 40.
        let rounding = 0.02 * (f64::from(runs()) / 2.0).sqrt();
        assert!(variance.abs() < 4.5 + rounding, "cell {index}: {variance}");
    }
    assert!(sd(sharp.tables[0].variance(1).unwrap()) < 6.0, "the total is sharper than one draw of 7.07");
}

#[test]
fn the_same_draws_settle_to_the_same_figures_and_the_variance_of_a_whole_table_is_that_of_the_total() {
    let layout = headline(&[3, 10]);
    let counts = counts(&layout, 1_000);
    let drawn = draw(&layout, &counts, &mut ExactNoise::new(SeededRandomness::new(4))).unwrap();
    let settled = settle(&layout, &drawn).unwrap();
    assert_eq!(settle(&layout, &drawn).unwrap(), settled);
    let total = settled.tables[0].variance(1).unwrap();
    for table in &settled.tables[1..] {
        assert_eq!(table.variance(table.cells.len()).unwrap(), total);
    }
    // 50 ÷ (1 + 1/3 + 1/10)
    assert_eq!(Some(total), Ratio::new(50 * 30, 43));
}
