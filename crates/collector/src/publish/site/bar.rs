//! Bars whose end shows the doubt: solid up to where the true number is at least, fading to where it is at most.
//!
//! Markup is made here of numbers alone.

use std::fmt::Write as _;

use aboveboard_published::publication::Figure;

/// What a bar's whole length stands for, in its own units.
const LENGTH: i64 = 1_000;

/// Where in a bar a part is, and how high: all of it, or one of two.
const FULL: [u8; 2] = [0, 10];
const UPPER: [u8; 2] = [0, 5];
const LOWER: [u8; 2] = [6, 4];

/// Bars of one table, on one scale: the whole length is all of what the rows are shares of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    most: i64,
}

impl Scale {
    /// On which `whole` fills the length.
    pub(super) fn of(whole: i64) -> Self {
        Self { most: whole.max(1) }
    }

    fn at(self, value: i64) -> i64 {
        // In 128 bits nothing overflows.
        let at = i128::from(value.clamp(0, self.most)) * i128::from(LENGTH) / i128::from(self.most);
        i64::try_from(at).unwrap_or(LENGTH)
    }

    /// A figure; one that stands for the rest is grey.
    pub(super) fn figure(self, figure: &Figure, is_rest: bool) -> String {
        let class = if is_rest { "rest" } else { "known" };
        let mut bar = String::from(OPEN);
        self.part(&mut bar, FULL, class, [0, figure.low]);
        self.part(&mut bar, FULL, if is_rest { "rest-end" } else { "end" }, [figure.low, figure.high]);
        bar + CLOSE
    }

    /// Two figures, one under the other, the second in the colour of warning and hatched.
    pub(super) fn pair(self, first: Option<&Figure>, second: &Figure) -> String {
        let mut bar = OPEN.replacen("bar", "bar two", 1);
        if let Some(first) = first {
            self.part(&mut bar, UPPER, "known", [0, first.low]);
            self.part(&mut bar, UPPER, "end", [first.low, first.high]);
        }
        self.part(&mut bar, LOWER, "failing", [0, second.low]);
        self.part(&mut bar, LOWER, "hatched", [0, second.low]);
        self.part(&mut bar, LOWER, "failing-end", [second.low, second.high]);
        bar + CLOSE
    }

    /// Less than is shown.
    pub(super) fn few(self, threshold: i64) -> String {
        let width = self.at(threshold).max(LENGTH / 100);
        format!("{OPEN}<rect class=\"few\" x=\"0\" y=\"1\" width=\"{width}\" height=\"8\"/>{CLOSE}")
    }

    fn part(self, bar: &mut String, [y, height]: [u8; 2], class: &str, [from, to]: [i64; 2]) {
        let x = self.at(from);
        let width = self.at(to) - x;
        if width > 0 {
            let _ = write!(
                bar,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
            );
        }
    }
}

const OPEN: &str =
    "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
const CLOSE: &str = "</svg>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_solid_to_its_low_end_and_fades_to_its_high_end() {
        let scale = Scale::of(1_000);
        let figure = Figure { value: 500, low: 486, high: 514, sd: "7.08".to_owned() };
        let bar = scale.figure(&figure, false);
        assert!(bar.contains("class=\"known\" x=\"0\" y=\"0\" width=\"486\""), "{bar}");
        assert!(bar.contains("class=\"end\" x=\"486\" y=\"0\" width=\"28\""), "{bar}");
        assert!(scale.figure(&figure, true).contains("class=\"rest\""));
        assert!(scale.few(42).contains("width=\"42\""));
        let failing = Figure { value: 60, low: 22, high: 98, sd: "19".to_owned() };
        let pair = scale.pair(Some(&figure), &failing);
        assert!(pair.contains("class=\"failing\" x=\"0\" y=\"6\" width=\"22\""), "{pair}");
        assert!(!Scale::of(0).figure(&figure, false).contains("width=\"-"));
    }
}
