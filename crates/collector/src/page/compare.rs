//! A table beside the same table of the previous window.

use aboveboard_store::calendar::Day;

use super::format::{change, count};
use super::table::{CellValue, Column, Comparison, Table, TableRow, column};

/// Adds to each row of `table` what its figures were in `previous`, the table of a window that lies `days` days
/// earlier. What was only there before is added at the end, except for days.
pub(crate) fn compare(table: &mut Table, previous: &Table, days: Day) {
    let columns = table.columns.iter().enumerate();
    let compared: Vec<(usize, Comparison)> =
        columns.filter_map(|(at, column)| Some((at, column.comparison?))).collect();
    let Some((first, _)) = compared.first().copied() else { return };
    add_gone(table, previous, first);
    for row in &mut table.rows {
        let wanted = key(row, first, -days);
        let found = previous.rows.iter().find(|other| key(other, first, 0) == wanted);
        for (at, comparison) in &compared {
            let was = found.and_then(|found| found.cells.get(*at)).cloned();
            match (comparison, row.cells.get(*at).cloned()) {
                (Comparison::Share, _) => row.cells.push(match was {
                    Some(CellValue::Estimate(estimate)) => CellValue::Share(estimate.share),
                    was => was.unwrap_or(CellValue::None),
                }),
                (_, Some(CellValue::Count(now))) => {
                    let was = if let Some(CellValue::Count(was)) = was { was } else { 0 };
                    row.cells.extend([CellValue::Count(was), CellValue::Change(now, was)]);
                }
                _ => row.cells.extend([was.unwrap_or(CellValue::None), CellValue::None]),
            }
        }
    }
    for (at, comparison) in compared {
        let Column { key, title, adds_up, .. } = &table.columns[at];
        let adds_up = *adds_up;
        let before = Column { adds_up, ..column(&format!("{key}_before"), &format!("{title} before")) };
        let change = Column { adds_up, ..column(&format!("{key}_change"), "Change") };
        match comparison {
            Comparison::Count => table.columns.extend([before, change]),
            Comparison::CountChange => table.columns.extend([before.only_in_table(), change]),
            Comparison::Share => table.columns.push(before),
        }
    }
    table.before = Some(format!("{} before, {}", count(previous.n), change(table.n, previous.n)));
}

/// Adds the rows that only the previous window has, with a count of zero.
fn add_gone(table: &mut Table, previous: &Table, first: usize) {
    let width = table.columns.len();
    for gone in previous.rows.iter().filter(|gone| !matches!(gone.cells.first(), Some(CellValue::Day(_)))) {
        let wanted = key(gone, first, 0);
        if table.rows.iter().all(|row| key(row, first, 0) != wanted) {
            let mut cells = wanted;
            cells.resize(width, CellValue::None);
            cells[first] = CellValue::Count(0);
            table.rows.push(TableRow { cells, link: gone.link.clone(), ..TableRow::default() });
        }
    }
}

/// The cells that name a row, days moved by so many.
fn key(row: &TableRow, length: usize, shift: Day) -> Vec<CellValue> {
    let shifted = |value: &CellValue| match value {
        CellValue::Day(day) => CellValue::Day(day + shift),
        other => other.clone(),
    };
    row.cells.iter().take(length).map(shifted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64, f64)]) -> Table {
        let columns = [
            column("name", "Name"),
            column("times", "Times").compared(Comparison::Count),
            column("rate", "Rate").compared(Comparison::Share),
            column("more", "More"),
        ];
        let mut table = Table::new("T", "", columns);
        for (name, times, rate) in rows {
            let name = CellValue::Text((*name).to_owned());
            table.push([name, CellValue::Count(*times), CellValue::Share(*rate), CellValue::None]);
            table.n += times;
        }
        table
    }

    #[test]
    fn each_row_meets_its_own_and_what_is_gone_stays_to_be_seen() {
        let mut now = table(&[("a", 6, 0.5), ("new", 1, 0.0)]);
        compare(&mut now, &table(&[("gone", 3, 0.1), ("a", 4, 0.25)]), 7);
        let csv = now.csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines,
            [
                r#""name","times","rate","more","times_before","times_change","rate_before""#,
                r#""a","6","0.5000","","4","0.5000","0.2500""#,
                r#""new","1","0.0000","","0","","""#,
                r#""gone","0","","","3","-1.0000","0.1000""#,
            ]
        );
        assert_eq!(now.before.as_deref(), Some("7 before, 0.0\u{a0}%"));
    }

    #[test]
    fn a_day_meets_the_day_as_long_before_as_the_window_is() {
        let days = |days: &[(Day, CellValue)]| {
            let columns = [column("day", "Day"), column("n", "N").compared(Comparison::Count)];
            let mut table = Table::new("T", "", columns);
            for (day, value) in days {
                table.push([CellValue::Day(*day), value.clone()]);
            }
            table
        };
        let mut now = days(&[(20, CellValue::Count(2)), (19, CellValue::None)]);
        compare(&mut now, &days(&[(13, CellValue::Count(8)), (1, CellValue::Count(9))]), 7);
        assert_eq!(now.rows.len(), 2, "no day of the previous window is added");
        assert_eq!(now.rows[0].cells[2..], [CellValue::Count(8), CellValue::Change(2, 8)]);
        assert_eq!(now.rows[1].cells[2..], [CellValue::None, CellValue::None]);
    }
}
