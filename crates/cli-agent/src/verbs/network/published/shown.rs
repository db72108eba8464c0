//! A publication as lines for people. A `>` stands before every row to which something belongs that was sent from here.

use aboveboard_published::publication::{Cell, CellState, Figure, Publication, Table};

use super::own::Own;
use crate::verbs::print;

/// Prints a publication. False if nobody reads it.
pub(super) fn publication(publication: &Publication, own: &Own) -> bool {
    let period = &publication.period;
    let head = format!(
        "{}, {}: published figures from {} to {}",
        publication.product.name, publication.id, period.first, period.last
    );
    if !print(head) {
        return false;
    }
    if publication.is_small {
        return print(format_args!(
            "  fewer than {} active installations; nothing else is told",
            publication.parameters.small
        ));
    }
    let mut tables = publication.groups.iter().flat_map(|group| &group.tables);
    tables.all(|shown| table(shown, publication.parameters.threshold, own))
}

fn table(table: &Table, threshold: u32, own: &Own) -> bool {
    let is_own = |cell: &Cell| own.keys_of(&table.name).any(|key| key == cell.key);
    let width = table.cells.iter().map(|cell| cell.label.chars().count()).max().unwrap_or(0);
    print(&table.title)
        && table.cells.iter().all(|cell| {
            let mark = if is_own(cell) { '>' } else { ' ' };
            print(format_args!("{mark} {:width$}  {}", cell.label, said(cell, threshold)))
        })
        && own.without_row(table).all(|key| print(format_args!("> {key}: yours, without a row of its own")))
}

/// What is said of a cell.
fn said(cell: &Cell, threshold: u32) -> String {
    let Some(figure) = &cell.figure else {
        return format!("too few to be shown (fewer than {threshold}, or too blurred)");
    };
    let share =
        cell.share.as_ref().map(|share| format!("  {} % ({} to {})", share.value, share.low, share.high));
    let rest = match cell.state {
        CellState::Rest(cells) => format!("  {cells} rows together"),
        CellState::Shown | CellState::Few => String::new(),
    };
    format!("{}{}{rest}", interval(figure), share.unwrap_or_default())
}

fn interval(figure: &Figure) -> String {
    format!("about {} ({} to {})", figure.value, figure.low, figure.high)
}
