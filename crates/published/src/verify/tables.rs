//! The rules of tables: what may be shown, what adds up, and that intervals are those of the noise.

use super::finding::{ASK, Findings, Outcome};
use crate::figures::{figure, half_width, hundredths, is_shown, share};
use crate::publication::{Cell, CellState, Figure, Form, Group, Publication, Table};
use crate::ratio::Ratio;

/// Checks the tables of a publication, whose document stands at `path`.
pub(super) fn check(publication: &Publication, path: &str, findings: &mut Findings) {
    let active = publication
        .groups
        .first()
        .and_then(|group| group.tables.first())
        .and_then(|table| table.cells.first());
    let active = active.and_then(|cell| cell.figure.as_ref());
    for (position, group) in publication.groups.iter().enumerate() {
        for table in &group.tables {
            let rules = Rules {
                group,
                table,
                threshold: publication.parameters.threshold,
                is_headline: position == 0,
                active,
            };
            for broken in rules.broken() {
                findings.add(Outcome::Figures, path, format!("table {}: {broken}", table.name), ASK);
            }
        }
    }
}

struct Rules<'a> {
    group: &'a Group,
    table: &'a Table,
    threshold: u32,
    is_headline: bool,
    active: Option<&'a Figure>,
}

impl Rules<'_> {
    /// The rules that are broken, each as a sentence.
    fn broken(&self) -> Vec<String> {
        let mut broken: Vec<String> = self.table.cells.iter().filter_map(|cell| self.of_cell(cell)).collect();
        broken.extend(self.of_form().map(str::to_owned));
        // Of a partition that is too small, how many cells it has is not told.
        let is_few = self.table.cells.iter().any(|cell| cell.state == CellState::Few);
        let cells = self.cells_of_the_whole();
        if self.table.of.as_ref().is_some_and(|of| !is_few && !self.is_of_its_noise(of, cells)) {
            broken.push("the interval of its sum is not that of its noise".to_owned());
        }
        broken
    }

    fn of_cell(&self, cell: &Cell) -> Option<String> {
        let key = &cell.key;
        let summed = match (cell.state, &cell.figure) {
            (CellState::Few, None) if cell.share.is_none() => return None,
            (CellState::Few, _) => {
                return Some(format!("{key} is too small to be shown, and something of it is shown"));
            }
            (_, None) => return Some(format!("{key} has no figure")),
            (CellState::Shown, Some(_)) => 1,
            (CellState::Rest(cells), Some(_)) if cells < 2 => {
                return Some(format!("{key} is a rest row of fewer than two cells, so it shows a small one"));
            }
            (CellState::Rest(cells), Some(_)) => cells,
        };
        let figure = cell.figure.as_ref()?;
        if !is_shown(figure, self.threshold) {
            return Some(format!(
                "{key} is shown, and is below {} or three standard deviations",
                self.threshold
            ));
        }
        if !self.is_of_its_noise(figure, summed.into()) {
            return Some(format!("the interval of {key} is not that of its noise"));
        }
        let is_the_active = self.table.form == Form::Number && self.is_headline;
        let whole = self.table.of.as_ref().or(self.active).filter(|_| !is_the_active);
        if cell.share != whole.and_then(|whole| share(figure, whole)) {
            return Some(format!("the share of {key} does not follow from its figure"));
        }
        None
    }

    fn of_form(&self) -> Option<&'static str> {
        let cells = &self.table.cells;
        let rests = cells.iter().filter(|cell| cell.state != CellState::Shown).count();
        let rest_rows = cells.iter().filter(|cell| matches!(cell.state, CellState::Rest(_))).count();
        match self.table.form {
            Form::Number | Form::Several if rest_rows > 0 || self.table.of.is_some() => {
                Some("does not add up, and has a sum")
            }
            Form::Number if cells.len() != 1 => Some("is one number, and has not one cell"),
            Form::Number | Form::Several => None,
            Form::Partition if rests > 1 => Some("has more than one row that is not a cell of its own"),
            Form::Partition => self.of_sum(),
        }
    }

    /// A partition says all or nothing: what is shown of it is its whole.
    fn of_sum(&self) -> Option<&'static str> {
        let cells = &self.table.cells;
        let is_few = cells.iter().any(|cell| cell.state == CellState::Few);
        let Some(of) = &self.table.of else {
            return (cells.iter().any(|cell| cell.figure.is_some()))
                .then_some("shows cells, and not their sum");
        };
        if is_few {
            return (cells.len() > 1).then_some("its cells tell the one that is too small to be shown");
        }
        let values =
            cells.iter().filter_map(|cell| cell.figure.as_ref()).map(|figure| i128::from(figure.value));
        if !cells.is_empty() && values.sum::<i128>() != i128::from(of.value) {
            return Some("its cells do not add up to its sum");
        }
        let is_of_all = self.active.is_none_or(|active| active.value == of.value);
        (self.is_headline && !is_of_all).then_some("its sum is not the number of active installations")
    }

    /// How many cells the sum of a partition is of.
    fn cells_of_the_whole(&self) -> u64 {
        let cells = self.table.cells.iter().map(|cell| match cell.state {
            CellState::Rest(cells) => u64::from(cells),
            CellState::Shown | CellState::Few => 1,
        });
        cells.sum()
    }

    /// Whether the interval is that of the noise of as many cells. Those of the headline are sharper than their own noise,
    /// since all its tables count the same installations.
    fn is_of_its_noise(&self, found: &Figure, cells: u64) -> bool {
        let Some(variance) = self.group.variance.checked_mul(cells) else { return false };
        let widest = figure(found.value, Ratio::whole(variance));
        if !self.is_headline {
            return *found == widest;
        }
        let deviation = |figure: &Figure| hundredths(&figure.sd);
        is_consistent(found)
            && deviation(found).zip(deviation(&widest)).is_some_and(|(found, widest)| found <= widest)
    }
}

/// Whether the ends of an interval are 1.96 standard deviations away, where the deviation is rounded up to hundredths.
fn is_consistent(figure: &Figure) -> bool {
    let Some(sd) = hundredths(&figure.sd) else { return false };
    let half = |sd: u128| {
        // A deviation of hundredths: its square is of ten-thousandths.
        sd.checked_mul(sd).map_or(i64::MAX, |square| half_width(square, 10_000))
    };
    let ends =
        |half: i64| (figure.value.saturating_sub(half).max(0), figure.value.saturating_add(half).max(0));
    let found = (figure.low, figure.high);
    found == ends(half(sd)) || found == ends(half(sd.saturating_sub(1)))
}
