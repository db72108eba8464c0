//! The bars of a window's charts: which days each stands for.

use aboveboard_store::calendar::{Day, monday};
use aboveboard_store::read::Days;

use super::chart::{Bars, ChartView, Layer};
use super::scope::Scope;

/// A window in more days than these is drawn by week.
const MAX_DAYS: Day = 100;

/// The bars of a window: its days, or, over more than a quarter, its weeks from Monday to Sunday.
pub(crate) struct ChartSteps {
    /// The first day of each.
    pub(crate) starts: Vec<Day>,
    pub(crate) length: Day,
    today: Day,
}

impl ChartSteps {
    pub(crate) fn of(scope: &Scope) -> Self {
        let Days { first, last } = scope.question.days;
        let today = scope.question.today;
        if last - first <= MAX_DAYS {
            return Self { starts: (first..=last).collect(), length: 1, today };
        }
        Self { starts: (monday(first + 6)..=last).step_by(7).collect(), length: 7, today }
    }

    /// A number for each bar: what its days come to.
    pub(crate) fn sums(&self, on: impl Fn(Day) -> u64) -> Vec<u64> {
        self.starts.iter().map(|start| (*start..start + self.length).map(&on).sum()).collect()
    }

    /// Draws one number for each bar in each layer; `None` where there is nothing but zeros.
    pub(crate) fn draw(self, layers: Vec<Layer>, label: &str) -> Option<ChartView> {
        self.bars(layers, label).draw()
    }

    /// Draws the shares of the layers, with names at the days on which something came.
    pub(crate) fn draw_shares(
        self,
        layers: Vec<Layer>,
        marks: Vec<(Day, String)>,
        label: &str,
    ) -> Option<ChartView> {
        Bars { marks, shares: true, ..self.bars(layers, label) }.draw()
    }

    fn bars(self, layers: Vec<Layer>, label: &str) -> Bars {
        let is_over = |start: &Day| start + self.length <= self.today;
        let step = if self.length == 1 { "day" } else { "week" };
        Bars {
            incomplete: self.starts.last().copied().filter(|start| !is_over(start)),
            days: self.starts,
            weeks: self.length == 7,
            layers,
            shares: false,
            marks: Vec::new(),
            label: format!("{label} by {step}"),
        }
    }
}

/// A layer in one of the colours.
pub(crate) fn layer(name: &str, colour: usize, numbers: Vec<u64>) -> Layer {
    Layer { name: name.to_owned(), colour, tint: false, numbers }
}
