//! A table as CSV: the same cells with the same figures as in the document.

use crate::publication::{Cell, Figure, Share, Table};

/// The columns that say what a document says too. Others may stand beside.
const COLUMNS: [&str; 9] = ["key", "value", "low", "high", "sd", "share", "share_low", "share_high", "state"];

/// What a file says otherwise than the table, if anything.
pub(super) fn differs(table: &Table, bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("not UTF-8".to_owned()) };
    let Some(mut records) = records(text.trim_start_matches('\u{feff}')) else {
        return Some("not CSV".to_owned());
    };
    let header = records.next().unwrap_or_default();
    let columns: Option<Vec<usize>> =
        COLUMNS.iter().map(|name| header.iter().position(|column| column == name)).collect();
    let Some(columns) = columns else { return Some("a column is not there".to_owned()) };
    let rows: Vec<Vec<String>> = records.collect();
    if rows.len() != table.cells.len() {
        return Some(format!("{} rows, and the table has {} cells", rows.len(), table.cells.len()));
    }
    for (row, cell) in rows.iter().zip(&table.cells) {
        let found = columns.iter().map(|column| row.get(*column).map_or("", String::as_str));
        // What a spreadsheet would take for a formula has an apostrophe before it.
        if !found
            .map(|field| field.trim_start_matches('\''))
            .eq(words(cell).iter().map(|word| word.trim_start_matches('\'')))
        {
            return Some(format!("says something else of {} than its document", cell.key));
        }
    }
    None
}

/// What a cell says, by [`COLUMNS`].
fn words(cell: &Cell) -> [String; COLUMNS.len()] {
    let figure = |part: fn(&Figure) -> String| cell.figure.as_ref().map(part).unwrap_or_default();
    let share = |part: fn(&Share) -> &String| cell.share.as_ref().map(part).cloned().unwrap_or_default();
    [
        cell.key.clone(),
        figure(|figure| figure.value.to_string()),
        figure(|figure| figure.low.to_string()),
        figure(|figure| figure.high.to_string()),
        figure(|figure| figure.sd.clone()),
        share(|share| &share.value),
        share(|share| &share.low),
        share(|share| &share.high),
        cell.state.word().to_owned(),
    ]
}

/// The records of a file of RFC 4180, each field in quotes or without any. None where a quote is not closed.
fn records(text: &str) -> Option<std::vec::IntoIter<Vec<String>>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (field, after) = field(rest)?;
        record.push(field);
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None => {
                records.push(std::mem::take(&mut record));
                after
                    .strip_prefix("\r\n")
                    .or_else(|| after.strip_prefix('\n'))
                    .or(after.is_empty().then_some(after))?
            }
        };
    }
    Some(records.into_iter())
}

/// The first field and what follows it.
fn field(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut field = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => (rest, _) = (after, field.push('"')),
            None => return Some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        let read: Vec<Vec<String>> = records("a,\"b\"\r\n\"c,\"\"d\"\"\ne\",\r\n").unwrap().collect();
        assert_eq!(read, [vec!["a", "b"], vec!["c,\"d\"\ne", ""]]);
        assert!(records("\"a").is_none());
        assert!(records("\"a\"b").is_none());
    }
}
