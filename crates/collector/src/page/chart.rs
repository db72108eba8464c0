//! Small SVG, written here: bars by day or week, stacked, with the window before as a line. Shapes stretch with the panel,
//! words stay HTML.

use std::fmt::Write as _;

use aboveboard_store::calendar::{Day, monday};
use aboveboard_store::figures::{Question, ratio};
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::Days;

use super::format;
use crate::markup::escape;
use crate::scale::nice_above;

/// What a share of everything is, where bars are shares.
pub(crate) const WHOLE_SHARE: u64 = 10_000;

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
    /// What stood in the place of each bar one window earlier, drawn as a line; nothing where it is not compared.
    pub(crate) before: Vec<Option<u64>>,
    /// Each bar is the whole: shares instead of numbers.
    pub(crate) shares: bool,
    /// The numbers are shares themselves, in parts of [`WHOLE_SHARE`].
    pub(crate) are_shares: bool,
    /// What the last bar lacks.
    pub(crate) lacking: Option<Lacking>,
    /// The first day of those that may still grow, where that is shown.
    pub(crate) growing: Option<Day>,
    /// Days on which something came, with its name.
    pub(crate) marks: Vec<(Day, String)>,
    /// What it shows, for who cannot see it.
    pub(crate) label: String,
}

/// Why the last bar is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// Its day is today.
    RunningDay,
    /// So many days of its week are in the window; of the running week, today among them.
    Week { days: Day, is_running: bool },
}

impl Lacking {
    /// For people.
    fn words(self) -> String {
        match self {
            Self::RunningDay => "not over".to_owned(),
            Self::Week { days, is_running: true } => format!("not over, {} of 7 days are", days - 1),
            Self::Week { days, is_running: false } => format!("{days} of 7 days"),
        }
    }
}

/// A chart for the template. `svg`, `marks` and the drawings of the keys are markup made here of numbers and escaped names.
#[derive(Clone, Debug)]
pub(crate) struct ChartView {
    pub(crate) svg: String,
    /// Names over the chart, at the days they came.
    pub(crate) marks: String,
    pub(crate) top: String,
    pub(crate) ends: [String; 3],
    pub(crate) keys: Vec<ChartKey>,
}

/// What a look in the chart means.
#[derive(Clone, Debug)]
pub(crate) struct ChartKey {
    pub(crate) name: String,
    pub(crate) drawing: String,
}

impl ChartKey {
    fn new(name: impl Into<String>, drawing: String) -> Self {
        Self { name: name.into(), drawing }
    }
}

impl Bars {
    /// The days of a window, or, over more than a quarter, its weeks. A week that began before the window is left out.
    pub(crate) fn over(question: &Question) -> Self {
        let Days { first, last } = question.days;
        let is_by_day = last - first <= MAX_DAYS;
        let step = if is_by_day { 1 } else { 7 };
        let start = if is_by_day { first } else { monday(first + 6) };
        let days: Vec<_> = (start..=last).step_by(step).collect();
        let is_running = last >= question.today;
        let lacking = days.last().and_then(|start| match last - start + 1 {
            days if !is_by_day && (days < 7 || is_running) => Some(Lacking::Week { days, is_running }),
            _ => (is_by_day && is_running).then_some(Lacking::RunningDay),
        });
        Self { days, length: if is_by_day { 1 } else { 7 }, lacking, ..Self::default() }
    }

    /// What a bar stands for.
    pub(crate) fn unit(&self) -> &'static str {
        if self.length == 1 { "day" } else { "week" }
    }

    /// Marks the days that late deliveries may still make larger.
    pub(crate) fn marking_growth(self, question: &Question) -> Self {
        Self { growing: Some(question.today - OPEN_DAYS), ..self }
    }

    /// A number for each bar: what its days come to.
    pub(crate) fn sums(&self, on: impl Fn(Day) -> u64) -> Vec<u64> {
        self.days.iter().map(|start| (*start..start + self.length).map(&on).sum()).collect()
    }

    /// Draws; `None` where there is nothing but zeros.
    pub(crate) fn draw(&self) -> Option<ChartView> {
        let most = (0..self.days.len()).map(|at| self.sum(at)).max().filter(|most| *most > 0)?;
        let before = self.before.iter().flatten().max().copied().unwrap_or(0);
        let top = nice_above(most.max(before));
        let mut svg = String::new();
        let _ = write!(
            svg,
            "<svg class=\"bars\" viewBox=\"0 0 {} 104\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            self.days.len() * 10,
            escape(&format!("{} by {}", self.label, self.unit()))
        );
        for at in 0..self.days.len() {
            self.draw_bar(&mut svg, at, if self.shares { self.sum(at) } else { top });
        }
        self.draw_line(&mut svg, top);
        for at in self.marks.iter().filter_map(|(day, _)| self.bar_of(*day)) {
            let x = at * 10;
            let _ = write!(svg, "<line class=\"came\" x1=\"{x}\" x2=\"{x}\" y1=\"0\" y2=\"100\"/>");
        }
        svg.push_str("</svg>");
        Some(ChartView {
            svg,
            marks: self.names(),
            top: if self.shares { "100 %".to_owned() } else { self.number(top) },
            ends: self.ends(),
            keys: self.keys(),
        })
    }

    /// A number for people.
    fn number(&self, n: u64) -> String {
        if self.are_shares { format::share(ratio(n, WHOLE_SHARE)) } else { format::count(n) }
    }

    fn sum(&self, at: usize) -> u64 {
        self.layers.iter().map(|layer| layer.numbers[at]).sum()
    }

    fn bar_of(&self, day: Day) -> Option<usize> {
        self.days.iter().rposition(|start| *start <= day)
    }

    /// What a bar lacks; only the last may lack anything.
    fn lacking_at(&self, at: usize) -> Option<Lacking> {
        self.lacking.filter(|_| at + 1 == self.days.len())
    }

    fn may_grow(&self, at: usize) -> bool {
        self.growing.is_some_and(|growing| self.days[at] + self.length > growing)
    }

    fn draw_bar(&self, svg: &mut String, at: usize, of: u64) {
        let x = at * 10;
        let class = if self.lacking_at(at).is_some() { " class=\"incomplete\"" } else { "" };
        let _ = write!(svg, "<g{class}><title>{}</title>", escape(&self.words(at)));
        let _ = write!(svg, "<rect class=\"hit\" x=\"{x}\" y=\"0\" width=\"10\" height=\"100\"/>");
        let mut base = 100.0;
        for layer in self.layers.iter().filter(|layer| layer.numbers[at] > 0) {
            let height = ratio(layer.numbers[at], of) * 100.0;
            base -= height;
            let _ = write!(
                svg,
                "<rect class=\"{}\" x=\"{}\" y=\"{base:.1}\" width=\"8\" height=\"{height:.1}\"/>",
                layer.class,
                x + 1
            );
        }
        if self.lacking_at(at).is_some() {
            let height = 100.0 - base;
            let _ = write!(
                svg,
                "<rect fill=\"url(#hatch)\" x=\"{}\" y=\"{base:.1}\" width=\"8\" height=\"{height:.1}\"/>",
                x + 1
            );
        }
        if self.may_grow(at) {
            let _ = write!(svg, "<rect class=\"late\" x=\"{x}\" y=\"102\" width=\"10\" height=\"2\"/>");
        }
        svg.push_str("</g>");
    }

    /// The window before, broken where nothing is known.
    fn draw_line(&self, svg: &mut String, top: u64) {
        for run in self.before.iter().enumerate().collect::<Vec<_>>().split(|(_, number)| number.is_none()) {
            if run.is_empty() {
                continue;
            }
            svg.push_str("<polyline class=\"before\" points=\"");
            for (at, number) in run {
                let y = 100.0 - ratio(number.unwrap_or(0), top) * 100.0;
                let _ = write!(svg, "{},{y:.1} ", at * 10 + 5);
            }
            svg.push_str("\"/>");
        }
    }

    /// The first, the middle and the last bar, with the year wherever it could be mistaken.
    fn ends(&self) -> [String; 3] {
        let (Some(first), Some(last)) = (self.days.first(), self.days.last()) else {
            return Default::default();
        };
        let middle = self.days[self.days.len() / 2];
        let is_one_year = format::year(*first) == format::year(*last);
        let middle = if is_one_year { format::short_day(middle) } else { format::day_of_year(middle) };
        [format::day_of_year(*first), middle, format::day_of_year(*last)]
    }

    fn keys(&self) -> Vec<ChartKey> {
        let swatch = |class: &str| format!("<rect class=\"{class}\" width=\"10\" height=\"10\" rx=\"2\"/>");
        let mut keys: Vec<_> =
            self.layers.iter().map(|layer| ChartKey::new(&layer.name, swatch(&layer.class))).collect();
        if self.before.iter().any(Option::is_some) {
            let line = "<polyline class=\"before\" points=\"0,5 10,5\"/>";
            keys.push(ChartKey::new("the window before", line.to_owned()));
        }
        if let Some(lacking) = self.lacking {
            let drawing = format!("{}<rect fill=\"url(#hatch)\" width=\"10\" height=\"10\"/>", swatch("c1"));
            keys.push(ChartKey::new(format!("the last {}: {}", self.unit(), lacking.words()), drawing));
        }
        if (0..self.days.len()).any(|at| self.may_grow(at)) {
            let line = "<rect class=\"late\" y=\"7\" width=\"10\" height=\"3\"/>";
            keys.push(ChartKey::new("may still grow: what is sent late counts for its day", line.to_owned()));
        }
        keys
    }

    /// The names of the marks, in lines of which no two names overlap; words do not stretch with the bars.
    fn names(&self) -> String {
        const LINES: usize = 3;
        // A name takes at most about a tenth of a panel's width.
        const WIDTH: f64 = 11.0;
        let mut free = [0.0; LINES];
        let mut names = String::new();
        for (day, name) in &self.marks {
            let Some(at) = self.bar_of(*day) else { continue };
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
        if let Some(lacking) = self.lacking_at(at) {
            let _ = write!(text, " ({})", lacking.words());
        }
        let next = self.days[at] + self.length;
        for (_, name) in self.marks.iter().filter(|(day, _)| (self.days[at]..next).contains(day)) {
            let _ = write!(text, "\n{name} first seen");
        }
        for layer in self.layers.iter().rev().filter(|layer| layer.numbers[at] > 0) {
            let _ = write!(text, "\n{}: {}", layer.name, self.number(layer.numbers[at]));
        }
        if let Some(before) = self.before.get(at).copied().flatten() {
            let _ = write!(text, "\nThe window before: {}", self.number(before));
        }
        if self.may_grow(at) {
            text.push_str("\nMay still grow");
        }
        text
    }
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
            lacking: Some(Lacking::RunningDay),
            marks: vec![(20_001, "1.0 <i>".to_owned())],
            label: "a \"chart\"".to_owned(),
            ..Bars::default()
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
