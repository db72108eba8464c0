//! Which rows a panel shows: the largest, and what the others come to in one row of their own.

use aboveboard_store::figures::ratio;

use super::table::{CellValue, Column, TableRow};

/// How many rows a panel shows beside the one of the others; the whole table is one click away.
const MAX_ROWS: usize = 8;

/// How many rows a panel keeps on a phone until it is unfolded.
const MAX_PHONE_ROWS: usize = 3;

/// The rows of a panel, in their order. One row alone is never folded: it takes the place of the row that would say so.
pub(crate) fn folded(rows: Vec<TableRow>, columns: &[Column]) -> Vec<TableRow> {
    if rows.len() <= MAX_ROWS + 1 {
        return rows;
    }
    let mut by_size: Vec<usize> = (0..rows.len()).collect();
    let counted = columns.iter().position(|column| column.adds_up);
    // Stable, so that of equals the first stays.
    by_size.sort_by(|a, b| size(&rows[*b], counted).total_cmp(&size(&rows[*a], counted)));
    let largest = &by_size[..MAX_ROWS];
    let (shown, others): (Vec<_>, Vec<_>) =
        rows.into_iter().enumerate().partition(|(at, _)| largest.contains(at));
    let others: Vec<TableRow> = others.into_iter().map(|(_, row)| row).collect();
    let mut shown: Vec<TableRow> = shown.into_iter().map(|(_, row)| row).collect();
    shown.push(together(&others, columns));
    shown
}

/// Lets all but the largest rows wait on a phone until they are unfolded; one row alone is not worth a click.
pub(crate) fn fold_for_phone(rows: &mut [TableRow], columns: &[Column]) {
    if rows.len() <= MAX_PHONE_ROWS + 1 {
        return;
    }
    let counted = columns.iter().position(|column| column.adds_up);
    let mut by_size: Vec<usize> = (0..rows.len()).collect();
    by_size.sort_by(|a, b| size(&rows[*b], counted).total_cmp(&size(&rows[*a], counted)));
    for at in by_size.split_off(MAX_PHONE_ROWS) {
        rows[at].is_off_phone = true;
    }
}

/// How large a row is: its bar, or what it counts.
fn size(row: &TableRow, counted: Option<usize>) -> f64 {
    let count = || match counted.and_then(|at| row.cells.get(at)) {
        Some(CellValue::Count(n)) => ratio(*n, 1),
        _ => 0.0,
    };
    row.bar.unwrap_or_else(count)
}

/// One row for many: what adds up is added up, and nothing is said of the rest.
fn together(rows: &[TableRow], columns: &[Column]) -> TableRow {
    let mut cells: Vec<CellValue> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.cells.get(at));
            if column.adds_up { cells.fold(CellValue::None, sum) } else { CellValue::None }
        })
        .collect();
    if let Some(first) = cells.first_mut() {
        *first = CellValue::Text(format!("{} others", rows.len()));
    }
    TableRow { cells, is_others: true, ..TableRow::default() }
}

fn sum(all: CellValue, one: &CellValue) -> CellValue {
    match (all, one) {
        (CellValue::None, one) => one.clone(),
        (CellValue::Count(all), CellValue::Count(one)) => CellValue::Count(all.saturating_add(*one)),
        (CellValue::Share(all), CellValue::Share(one)) => CellValue::Share(all + one),
        (CellValue::Change(now, before), CellValue::Change(one_now, one_before)) => {
            CellValue::Change(now.saturating_add(*one_now), before.saturating_add(*one_before))
        }
        (all, _) => all,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::column;
    use super::*;

    fn rows(numbers: &[u64]) -> Vec<TableRow> {
        let row = |n: &u64| TableRow {
            cells: vec![CellValue::text(n.to_string()), CellValue::Count(*n)],
            ..TableRow::default()
        };
        numbers.iter().map(row).collect()
    }

    fn shown(numbers: &[u64]) -> Vec<String> {
        let columns = [column("name", "Name"), column("n", "N").adding()];
        let text = |row: &TableRow| row.cells.iter().map(CellValue::shown).collect::<Vec<_>>().join(" ");
        folded(rows(numbers), &columns).iter().map(text).collect()
    }

    #[test]
    fn the_largest_stay_in_their_order_and_the_others_are_one_row_with_their_sum() {
        let all = shown(&[1, 90, 2, 80, 70, 60, 50, 40, 30, 20, 1_000]);
        assert_eq!(
            all,
            ["90 90", "80 80", "70 70", "60 60", "50 50", "40 40", "30 30", "1000 1,000", "3 others 23"]
        );
    }

    #[test]
    fn a_phone_keeps_the_largest_rows() {
        let columns = [column("name", "Name"), column("n", "N").adding()];
        let kept = |numbers: &[u64]| {
            let mut rows = rows(numbers);
            fold_for_phone(&mut rows, &columns);
            let kept = rows.iter().filter(|row| !row.is_off_phone);
            kept.map(|row| row.cells[0].shown()).collect::<Vec<_>>()
        };
        assert_eq!(kept(&[0, 1, 9, 30, 2]), ["9", "30", "2"]);
        assert_eq!(kept(&[0, 1, 9, 30]).len(), 4, "one row alone is not worth a click");
    }

    #[test]
    fn one_row_alone_is_not_folded() {
        assert_eq!(shown(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).len(), 9);
        assert_eq!(shown(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).last().unwrap(), "2 others 3");
    }
}
