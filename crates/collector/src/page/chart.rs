//! Small SVG, written here: bars by day, stacked. Shapes stretch with the panel, words stay HTML.

use std::fmt::Write as _;

use aboveboard_store::calendar::{Day, monday};
use aboveboard_store::figures::{Question, ratio};
use aboveboard_store::read::Days;

use super::format;

/// A window in more days than these is drawn by week.
const MAX_DAYS: Day = 100;

/// One layer of the bars, from the bottom.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) name: String,
    /// Its colour in the style sheet: `c1` and so on, or `v1` and so on for tints of one, from the newest to the oldest.
    pub(crate) class: String,
    /// One number for each bar.
    pub(crate) numbers: Vec<u64>,
}

/// A layer in one of the colours.
pub(crate) fn layer(name: &str, class: &str, numbers: Vec<u64>) -> Layer {
    Layer { name: name.to_owned(), class: class.to_owned(), numbers }
}

/// Bars over the days of a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bars {
    /// The first day of each.
    pub(crate) days: Vec<Day>,
    /// How many days each stands for: a day, or a week from Monday to Sunday.
    pub(crate) length: Day,
    pub(crate) layers: Vec<Layer>,
    /// Each bar is the whole: shares instead of numbers.
    pub(crate) shares: bool,
    /// The bar that is not over.
    pub(crate) incomplete: Option<Day>,
    /// Days on which something came, with its name.
    pub(crate) marks: Vec<(Day, String)>,
    /// What it shows, for who cannot see it.
    pub(crate) label: String,
}

/// A chart for the template. `svg` is markup made here of numbers and escaped names.
#[derive(Clone, Debug)]
pub(crate) struct ChartView {
    pub(crate) svg: String,
    /// Names over the chart, at the days they came.
    pub(crate) marks: String,
    pub(crate) top: String,
    pub(crate) ends: [String; 3],
    pub(crate) legend: Vec<(String, String)>,
}

impl Bars {
    /// The days of a window, or, over more than a quarter, its weeks.
    pub(crate) fn over(question: &Question) -> Self {
        let Days { first, last } = question.days;
        let is_by_day = last - first <= MAX_DAYS;
        let length = if is_by_day { 1 } else { 7 };
        let start = if is_by_day { first } else { monday(first + 6) };
        let days: Vec<_> = (start..=last).step_by(length).collect();
        let length = Day::try_from(length).unwrap_or(1);
        let incomplete = days.last().copied().filter(|start| start + length > question.today);
        Self { days, length, incomplete, ..Self::default() }
    }

    /// A number for each bar: what its days come to.
    pub(crate) fn sums(&self, on: impl Fn(Day) -> u64) -> Vec<u64> {
        self.days.iter().map(|start| (*start..start + self.length).map(&on).sum()).collect()
    }

    /// Draws; `None` where there is nothing but zeros.
    pub(crate) fn draw(&self) -> Option<ChartView> {
        let sum = |at: usize| self.layers.iter().map(|layer| layer.numbers[at]).sum::<u64>();
        let most = (0..self.days.len()).map(sum).max().filter(|most| *most > 0)?;
        let top = nice_above(most);
        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg class=\"bars\" viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            self.days.len() * 10,
            escape(&format!("{} by {}", self.label, if self.length == 1 { "day" } else { "week" }))
        );
        for (at, day) in self.days.iter().enumerate() {
            let of = if self.shares { sum(at) } else { top };
            let class = if self.incomplete == Some(*day) { " class=\"incomplete\"" } else { "" };
            let _ = write!(svg, "<g{class}><title>{}</title>", escape(&self.words(at)));
            let _ =
                write!(svg, "<rect class=\"hit\" x=\"{}\" y=\"0\" width=\"10\" height=\"100\"/>", at * 10);
            let mut base = 100.0;
            for layer in self.layers.iter().filter(|layer| layer.numbers[at] > 0) {
                let height = ratio(layer.numbers[at], of) * 100.0;
                base -= height;
                let _ = write!(
                    svg,
                    "<rect class=\"{}\" x=\"{}\" y=\"{base:.1}\" width=\"8\" height=\"{height:.1}\"/>",
                    layer.class,
                    at * 10 + 1
                );
            }
            svg.push_str("</g>");
        }
        for at in self.marks.iter().filter_map(|(day, _)| self.days.iter().rposition(|known| known <= day)) {
            let x = at * 10;
            let _ = write!(svg, "<line class=\"came\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"100\"/>");
        }
        svg.push_str("</svg>");
        let middle = self.days[self.days.len() / 2];
        let ends = [self.days.first(), Some(&middle), self.days.last()];
        Some(ChartView {
            svg,
            marks: self.names(),
            top: if self.shares { "100 %".to_owned() } else { format::count(top) },
            ends: ends.map(|day| day.map_or_else(String::new, |day| format::short_day(*day))),
            legend: self.layers.iter().map(|layer| (layer.name.clone(), layer.class.clone())).collect(),
        })
    }

    /// The names of the marks, in lines of which no two names overlap; words do not stretch with the bars.
    fn names(&self) -> String {
        const LINES: usize = 3;
        // A name takes at most about a tenth of a panel's width.
        const WIDTH: f64 = 11.0;
        let mut free = [0.0; LINES];
        let mut names = String::new();
        for (day, name) in &self.marks {
            let Some(at) = self.days.iter().rposition(|known| known <= day) else { continue };
            let x = ratio(at as u64, self.days.len() as u64) * 100.0;
            let Some(line) = free.iter().position(|from| *from <= x) else { continue };
            free[line] = x + WIDTH;
            let anchor = if x > 88.0 { " text-anchor=\"end\"" } else { "" };
            let _ =
                write!(names, "<text x=\"{x:.1}%\" y=\"{}\"{anchor}>{}</text>", 12 + line * 13, escape(name));
        }
        let used = free.iter().filter(|from| **from > 0.0).count();
        if used == 0 {
            return names;
        }
        format!("<svg class=\"came l{used}\" aria-hidden=\"true\">{names}</svg>")
    }

    fn words(&self, at: usize) -> String {
        let mut text = format::long_day(self.days[at]);
        if self.length > 1 {
            text.insert_str(0, "Week from ");
        }
        let next = self.days[at] + self.length;
        for (_, name) in self.marks.iter().filter(|(day, _)| (self.days[at]..next).contains(day)) {
            let _ = write!(text, "\n{name} first seen");
        }
        if self.incomplete == Some(self.days[at]) {
            text.push_str(" (not over)");
        }
        for layer in self.layers.iter().rev().filter(|layer| layer.numbers[at] > 0) {
            let _ = write!(text, "\n{}: {}", layer.name, format::count(layer.numbers[at]));
        }
        text
    }
}

/// A round number at or above: 1, 2, 5, 10, 20, 50 …, so that charts of neighbouring days keep their scale.
fn nice_above(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for digit in [1, 2, 5] {
            if digit * power >= most {
                return digit * power;
            }
        }
        match power.checked_mul(10).filter(|power| *power <= u64::MAX / 50) {
            Some(next) => power = next,
            None => return most,
        }
    }
}

/// Text inside markup or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stack_and_names_stay_text() {
        let layer = |name: &str, numbers: &[u64]| layer(name, "c1", numbers.to_vec());
        let bars = Bars {
            days: vec![20_000, 20_001],
            length: 1,
            layers: vec![layer("<b>", &[3, 0]), layer("two", &[4, 0])],
            shares: false,
            incomplete: Some(20_001),
            marks: vec![(20_001, "1.0 <i>".to_owned())],
            label: "a \"chart\"".to_owned(),
        };
        let drawn = bars.draw().unwrap();
        assert_eq!(drawn.top, "10");
        assert!(drawn.svg.contains("height=\"30.0\"") && drawn.svg.contains("y=\"30.0\""), "{}", drawn.svg);
        assert!(drawn.svg.contains("&lt;b&gt;: 3") && !drawn.svg.contains("<b>"));
        assert!(drawn.svg.contains("<line class=\"came\" x1=\"10\""));
        assert!(
            drawn.marks.contains("x=\"50.0%\"") && drawn.marks.contains("1.0 &lt;i&gt;"),
            "{}",
            drawn.marks
        );
        assert!(drawn.svg.contains("aria-label=\"a &quot;chart&quot; by day\""));
        assert!(Bars { layers: vec![layer("x", &[0, 0])], ..bars }.draw().is_none());
        assert_eq!([1, 3, 11, 70].map(nice_above), [1, 5, 20, 100]);
        assert_eq!(nice_above(u64::MAX), u64::MAX);
    }
}
