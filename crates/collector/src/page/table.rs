//! Tables: one form for the page, CSV and JSON, so that all three always agree.

use serde_json::json;

use super::format;
use crate::csv::{harmless, line};
use crate::store::calendar::Day;

/// A table with its words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    pub(crate) title: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// Of how many of what the figures are.
    pub(crate) n: u64,
    pub(crate) of: &'static str,
    /// What a reader must know to read it right.
    pub(crate) note: String,
    /// What is set beside the window before; the columns in front of the first name the row.
    pub(crate) figures: Vec<Figure>,
    /// The N of the window before and what became of it, where they were set side by side.
    pub(crate) before: Option<String>,
    /// It counts events without their installation, so filters by size and use do not reach it.
    pub(crate) whole: bool,
}

/// A column that can be compared, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Count(usize),
    Share(usize),
}

impl Figure {
    pub(crate) fn at(self) -> usize {
        let (Self::Count(at) | Self::Share(at)) = self;
        at
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name for machines.
    pub(crate) key: String,
    pub(crate) title: String,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Value>,
    /// Where a click on the first cell leads.
    pub(crate) link: Option<String>,
    /// The length of the bar behind the row, 0 to 1.
    pub(crate) bar: Option<f64>,
    /// The day is not over.
    pub(crate) incomplete: bool,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Count(u64),
    Share(f64),
    /// What became of a number: now, before.
    Change(u64, u64),
    Day(Day),
    None,
}

impl Value {
    /// For people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => format::count(*n),
            Self::Share(share) => format::share(*share),
            Self::Change(now, before) => format::change(*now, *before),
            Self::Day(day) => format::day(*day),
            Self::None => "–".to_owned(),
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Share(_) | Self::Change(..))
    }

    fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(n) => n.to_string(),
            Self::Share(share) => format!("{share:.4}"),
            Self::Change(_, 0) => String::new(),
            Self::Change(now, before) => format!("{:.4}", format::ratio(*now, *before) - 1.0),
            Self::Day(day) => format::day(*day),
            Self::None => String::new(),
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(n) => json!(n),
            Self::Share(share) => rounded(*share),
            Self::Change(_, 0) => serde_json::Value::Null,
            Self::Change(now, before) => rounded(format::ratio(*now, *before) - 1.0),
            Self::Day(day) => json!(format::day(*day)),
            Self::None => serde_json::Value::Null,
        }
    }
}

fn rounded(share: f64) -> serde_json::Value {
    json!((share * 10_000.0).round() / 10_000.0)
}

impl Table {
    pub(crate) fn new(name: &'static str, title: &str, columns: &[(&str, &str)]) -> Self {
        let column =
            |(key, title): &(&str, &str)| Column { key: (*key).to_owned(), title: (*title).to_owned() };
        Self {
            name,
            title: title.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
            n: 0,
            of: "",
            note: String::new(),
            figures: Vec::new(),
            before: None,
            whole: false,
        }
    }

    pub(crate) fn push(&mut self, cells: Vec<Value>) -> &mut Row {
        self.rows.push(Row { cells, ..Row::default() });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    /// RFC 4180, every field in quotes, the first line the keys. A text that a spreadsheet would take for a formula
    /// is kept from it by an apostrophe.
    pub(crate) fn csv(&self) -> String {
        let mut out = String::new();
        line(&mut out, self.columns.iter().map(|column| harmless(&column.key)));
        for row in &self.rows {
            line(
                &mut out,
                row.cells.iter().map(|cell| match cell {
                    Value::Text(text) => harmless(text),
                    other => other.plain(),
                }),
            );
        }
        out
    }

    /// The table as one object; `query` is the address it answers.
    pub(crate) fn json(&self, query: &str) -> serde_json::Value {
        let rows: Vec<serde_json::Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().zip(&row.cells);
                let mut object: serde_json::Map<_, _> =
                    cells.map(|(column, cell)| (column.key.clone(), cell.json())).collect();
                if row.incomplete {
                    object.insert("incomplete".to_owned(), json!(true));
                }
                serde_json::Value::Object(object)
            })
            .collect();
        json!({
            "table": self.name,
            "title": self.title,
            "query": query,
            "n": self.n,
            "of": self.of,
            "note": self.note,
            "narrowed": !self.whole,
            "columns": self.columns.iter().map(|c| json!({"key": c.key, "title": c.title})).collect::<Vec<_>>(),
            "rows": rows,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::csv::FORMULA;

    /// Reads CSV as RFC 4180 has it, with every field quoted.
    pub(crate) fn read_csv(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
        let (mut quoted, mut chars) = (false, text.chars().peekable());
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
        let mut table = Table::new("t", "T", &[("text", "Text"), ("n", "N")]);
        table.push(vec![Value::Text(text.to_owned()), Value::Count(7)]);
        table
    }

    proptest! {
        #[test]
        fn csv_reads_back_and_no_cell_begins_a_formula(text in any::<String>()) {
            let rows = read_csv(&one(&text).csv());
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
    fn json_says_the_same() {
        let json = one("a\"b").json("/?days=7");
        assert_eq!(json["rows"][0]["text"], "a\"b");
        assert_eq!(json["rows"][0]["n"], 7);
        assert_eq!(json["query"], "/?days=7");
    }
}
