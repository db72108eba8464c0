//! Tables: one form for the page, CSV and JSON, so that all three always agree.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::ratio;
use serde_json::json;

use super::format;
use crate::csv::{for_spreadsheets, harmless, line};
use crate::dates;

/// A table with its words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<TableRow>,
    /// Of how many of what the figures are.
    pub(crate) n: u64,
    pub(crate) of: &'static str,
    /// What a reader must know to read it right.
    pub(crate) note: String,
    /// The N of the previous window and what became of it, where the two stand side by side.
    pub(crate) before: Option<String>,
    /// It counts events without their installation, so filters by size and use do not reach it.
    pub(crate) is_of_events: bool,
}

/// A column. Those in front of the first one that is compared name the row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name for machines.
    pub(crate) key: String,
    pub(crate) title: String,
    /// The title in a panel, where it is another.
    pub(crate) panel_title: Option<&'static str>,
    /// How it stands beside that of the previous window.
    pub(crate) comparison: Option<Comparison>,
    /// Left out of the panel, which has less width than the whole table.
    pub(crate) is_only_in_table: bool,
    /// Left out of the panel where it has no more than the width of a phone.
    pub(crate) is_off_phone: bool,
    /// Its numbers in several rows may be added up: nothing is counted in two of them.
    pub(crate) adds_up: bool,
}

/// How a column stands beside that of the previous window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The number before, and the change.
    Count,
    /// As a count; a panel shows the change alone.
    CountChange,
    /// The share before.
    Share,
}

/// A column that is shown everywhere and not compared.
pub(crate) fn column(key: &str, title: &str) -> Column {
    Column { key: key.to_owned(), title: title.to_owned(), ..Column::default() }
}

impl Column {
    pub(crate) fn compared(self, comparison: Comparison) -> Self {
        Self { comparison: Some(comparison), ..self }
    }

    pub(crate) fn only_in_table(self) -> Self {
        Self { is_only_in_table: true, ..self }
    }

    pub(crate) fn off_phone(self) -> Self {
        Self { is_off_phone: true, ..self }
    }

    pub(crate) fn adding(self) -> Self {
        Self { adds_up: true, ..self }
    }
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TableRow {
    pub(crate) cells: Vec<CellValue>,
    /// Where a click on the first cell leads.
    pub(crate) link: Option<String>,
    /// The length of the bar under the name of the row, 0 to 1.
    pub(crate) bar: Option<f64>,
    /// The day is not over.
    pub(crate) is_incomplete: bool,
    /// It stands for several rows that are not shown.
    pub(crate) is_others: bool,
    /// It waits to be unfolded on a phone.
    pub(crate) is_off_phone: bool,
}

impl TableRow {
    /// The length of the bar in percent.
    pub(crate) fn width(&self) -> Option<String> {
        self.bar.map(percent)
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CellValue {
    Text(String),
    Count(u64),
    Share(f64),
    /// A share and the interval it lies in.
    Estimate(Estimate),
    /// A share that is a shade of a heat map.
    Heat(f64),
    /// What became of a number: now, before.
    Change(u64, u64),
    Day(Day),
    None,
}

/// A share with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) share: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl CellValue {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value, or an empty cell.
    pub(crate) fn or_none<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::None, cell)
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => format::count(*n),
            Self::Share(share) | Self::Heat(share) | Self::Estimate(Estimate { share, .. }) => {
                format::share(*share)
            }
            Self::Change(now, before) => format::change(*now, *before),
            Self::Day(day) => dates::iso(*day),
            Self::None => "–".to_owned(),
        }
    }

    /// The same in less width: a shade says the rest.
    pub(crate) fn short(&self) -> Option<String> {
        if let Self::Heat(share) = self { Some(format!("{:.0}", share * 100.0)) } else { None }
    }

    /// The shade of a heat map, 0 to 9.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
    pub(crate) fn shade(&self) -> Option<usize> {
        if let Self::Heat(share) = self { Some(((share * 10.0) as usize).min(9)) } else { None }
    }

    /// Its look: a day is not broken, nor is a version, which is a text without a space.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Text(text) if text.contains(' ') => "words",
            _ => "unbroken",
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Day(_) | Self::None)
    }

    fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Share(share) | Self::Heat(share) | Self::Estimate(Estimate { share, .. }) => {
                four_digits(*share)
            }
            Self::Change(_, 0) => String::new(),
            Self::Change(now, before) => four_digits(ratio(*now, *before) - 1.0),
            Self::Day(day) => dates::iso(*day),
            Self::None => String::new(),
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(n) => json!(n),
            Self::Share(share) | Self::Heat(share) | Self::Estimate(Estimate { share, .. }) => {
                json!(rounded(*share))
            }
            Self::Change(_, 0) => serde_json::Value::Null,
            Self::Change(now, before) => json!(rounded(ratio(*now, *before) - 1.0)),
            Self::Day(day) => json!(dates::iso(*day)),
            Self::None => serde_json::Value::Null,
        }
    }
}

/// A share in percent, for lengths in drawings.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)
}

/// To four digits, halves away from zero: the same in every form.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

fn four_digits(share: f64) -> String {
    format!("{:.4}", rounded(share))
}

impl Table {
    /// A table of figures that are counted in installations, `of` in general.
    pub(crate) fn new(title: &'static str, of: &'static str, columns: impl Into<Vec<Column>>) -> Self {
        Self { title, of, columns: columns.into(), ..Self::default() }
    }

    /// A table of events without their installation.
    pub(crate) fn of_events(title: &'static str, of: &'static str, columns: impl Into<Vec<Column>>) -> Self {
        Self { is_of_events: true, ..Self::new(title, of, columns) }
    }

    /// Whether nothing in it is more than zero.
    pub(crate) fn is_all_zero(&self) -> bool {
        let is_zero = |cell: &CellValue| match cell {
            CellValue::Count(n) => *n == 0,
            CellValue::Share(share) | CellValue::Heat(share) => *share == 0.0,
            CellValue::Change(now, before) => now.max(before) == &0,
            CellValue::Estimate(estimate) => estimate.share == 0.0,
            CellValue::Text(_) | CellValue::Day(_) | CellValue::None => true,
        };
        self.rows.iter().flat_map(|row| &row.cells).all(is_zero)
    }

    pub(crate) fn push(&mut self, cells: impl Into<Vec<CellValue>>) -> &mut TableRow {
        self.rows.push(TableRow { cells: cells.into(), ..TableRow::default() });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    /// RFC 4180, every field in quotes, the first line the keys. A text that a spreadsheet would take for a formula
    /// is kept from it by an apostrophe, and a byte order mark tells it the encoding where it would guess.
    pub(crate) fn csv(&self) -> String {
        let mut out = String::new();
        line(&mut out, self.columns.iter().map(|column| harmless(&column.key)));
        for row in &self.rows {
            line(
                &mut out,
                row.cells.iter().map(|cell| match cell {
                    CellValue::Text(text) => harmless(text),
                    other => other.plain(),
                }),
            );
        }
        for_spreadsheets(out)
    }

    /// The table as one object; `name` is its name in addresses, `query` the address it answers, seen from
    /// the object's own.
    pub(crate) fn json(&self, name: &str, query: &str) -> serde_json::Value {
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().zip(&row.cells);
                let mut object: serde_json::Map<_, _> =
                    cells.map(|(column, cell)| (column.key.clone(), cell.json())).collect();
                if row.is_incomplete {
                    object.insert("incomplete".to_owned(), json!(true));
                }
                serde_json::Value::Object(object)
            })
            .collect();
        json!({
            "table": name,
            "title": self.title,
            "query": query,
            "n": self.n,
            "of": self.of,
            "note": self.note,
            "narrowed": !self.is_of_events,
            "columns": self.columns.iter().map(|c| json!({"key": c.key, "title": c.title})).collect::<Vec<_>>(),
            "rows": rows,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::csv::{FORMULA, MARK};

    /// Reads CSV as RFC 4180 has it, with every field quoted.
    pub(crate) fn read_csv(text: &str) -> Vec<Vec<String>> {
        let text = text.strip_prefix(MARK).unwrap_or(text);
        let mut rows = Vec::new();
        let mut row = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, quoted) {
                ('"', true) if chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                ('"', _) => quoted = !quoted,
                (',', false) => row.push(std::mem::take(&mut field)),
                ('\r', false) => assert_eq!(chars.next(), Some('\n')),
                (other, true) => field.push(other),
                (other, false) => panic!("{other:?} outside quotes"),
            }
            if c == '\r' && !quoted {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
        }
        rows
    }

    fn one(text: &str) -> Table {
        let mut table = Table::new("T", "", [column("text", "Text"), column("n", "N")]);
        table.push(vec![CellValue::Text(text.to_owned()), CellValue::Count(7)]);
        table
    }

    proptest! {
        #[test]
        fn csv_reads_back_and_no_cell_begins_a_formula(text in any::<String>()) {
            let csv = one(&text).csv();
            prop_assert_eq!(csv.starts_with(MARK), !text.is_ascii(), "a mark where a spreadsheet would guess");
            let rows = read_csv(&csv);
            prop_assert_eq!(rows.len(), 2);
            let cell = &rows[1][0];
            prop_assert_eq!(cell.strip_prefix('\'').filter(|rest| *rest == text).unwrap_or(cell), &text);
            let first = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).chars().next();
            prop_assert!(first.is_none_or(|first| !FORMULA.contains(&first)));
            prop_assert_eq!(&rows[1][1], "7");
        }
    }

    #[test]
    fn known_payloads_are_disarmed() {
        for payload in ["=1+1", " =cmd|'/C calc'!A0", "\n@x", "\t+1", "＝1", "-2+3", "\u{a0}=1", "\0=1"] {
            assert!(one(payload).csv().contains(&format!("\"'{payload}")), "{payload:?}");
        }
        assert!(one("init").csv().contains("\"init\""));
    }

    #[test]
    fn a_share_is_rounded_alike_in_every_form() {
        let mut table = Table::new("T", "", [column("share", "Share")]);
        table.push([CellValue::Share(1.0 / 32.0)]);
        assert!(table.csv().contains("\"0.0313\""));
        assert_eq!(table.json("t", "/")["rows"][0]["share"], 0.0313);
    }

    #[test]
    fn json_says_the_same() {
        let json = one("a\"b").json("t", "/?days=7");
        assert_eq!(json["rows"][0]["text"], "a\"b");
        assert_eq!(json["rows"][0]["n"], 7);
        assert_eq!(json["query"], "/?days=7");
    }
}
