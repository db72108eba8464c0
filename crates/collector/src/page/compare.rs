//! A table beside the same table of the window before.

use super::format::{change, count};
use super::table::{Column, Figure, Row, Table, Value};
use crate::store::calendar::Day;

/// Adds to each row of `table` what its figures were in `before`, the table of a window that lies `days` days
/// earlier. What was only there before is added at the end, except for days.
pub(crate) fn compare(table: &mut Table, before: &Table, days: Day) {
    let Some(first) = table.figures.first().map(|figure| figure.at()) else { return };
    let key = |row: &Row, shift: Day| -> Vec<Value> {
        let shifted = |value: &Value| match value {
            Value::Day(day) => Value::Day(day + shift),
            other => other.clone(),
        };
        row.cells.iter().take(first).map(shifted).collect()
    };
    let width = table.columns.len();
    for gone in before.rows.iter().filter(|gone| !matches!(gone.cells.first(), Some(Value::Day(_)))) {
        let wanted = key(gone, 0);
        if table.rows.iter().all(|row| key(row, 0) != wanted) {
            let mut cells = wanted;
            cells.resize(width, Value::None);
            cells[first] = Value::Count(0);
            table.rows.push(Row { cells, link: gone.link.clone(), ..Row::default() });
        }
    }
    for row in &mut table.rows {
        let wanted = key(row, -days);
        let found = before.rows.iter().find(|other| key(other, 0) == wanted);
        for figure in &table.figures {
            let was = found.and_then(|found| found.cells.get(figure.at())).cloned();
            match (figure, row.cells.get(figure.at()).cloned()) {
                (Figure::Count(_), Some(Value::Count(now))) => {
                    let was = if let Some(Value::Count(was)) = was { was } else { 0 };
                    row.cells.extend([Value::Count(was), Value::Change(now, was)]);
                }
                (Figure::Count(_), _) => row.cells.extend([was.unwrap_or(Value::None), Value::None]),
                (Figure::Share(_), _) => row.cells.push(was.unwrap_or(Value::None)),
            }
        }
    }
    for figure in &table.figures {
        let Column { key, title } = table.columns[figure.at()].clone();
        table.columns.push(Column { key: format!("{key}_before"), title: format!("{title} before") });
        if matches!(figure, Figure::Count(_)) {
            table.columns.push(Column { key: format!("{key}_change"), title: "Change".to_owned() });
        }
    }
    table.before = Some(format!("{} before, {}", count(before.n), change(table.n, before.n)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64, f64)]) -> Table {
        let columns = [("name", "Name"), ("times", "Times"), ("rate", "Rate"), ("more", "More")];
        let mut table = Table::new("t", "T", &columns);
        table.figures = vec![Figure::Count(1), Figure::Share(2)];
        for (name, times, rate) in rows {
            let name = Value::Text((*name).to_owned());
            table.push(vec![name, Value::Count(*times), Value::Share(*rate), Value::None]);
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
        let days = |days: &[(Day, Value)]| {
            let mut table = Table::new("t", "T", &[("day", "Day"), ("n", "N")]);
            table.figures = vec![Figure::Count(1)];
            for (day, value) in days {
                table.push(vec![Value::Day(*day), value.clone()]);
            }
            table
        };
        let mut now = days(&[(20, Value::Count(2)), (19, Value::None)]);
        compare(&mut now, &days(&[(13, Value::Count(8)), (1, Value::Count(9))]), 7);
        assert_eq!(now.rows.len(), 2, "no day of the window before is added");
        assert_eq!(now.rows[0].cells[2..], [Value::Count(8), Value::Change(2, 8)]);
        assert_eq!(now.rows[1].cells[2..], [Value::None, Value::None]);
    }
}
