//! CSV that is only ever data: RFC 4180 with every field in quotes, and nothing that a spreadsheet takes for a formula.

/// The characters that make a formula of a cell, the full-width ones included.
pub(crate) const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Appends one line.
pub(crate) fn line<T: AsRef<str>>(out: &mut String, fields: impl IntoIterator<Item = T>) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        for (part, text) in field.as_ref().split('"').enumerate() {
            if part > 0 {
                out.push_str("\"\"");
            }
            out.push_str(text);
        }
        out.push('"');
    }
    out.push_str("\r\n");
}

/// The byte order mark. A spreadsheet that opens a file without it reads it in the old code page of its system.
pub(crate) const MARK: char = '\u{feff}';

/// A whole file: with the mark if anything in it is beyond ASCII. What is ASCII reads the same everywhere, so that the
/// first column keeps its name for those who do not know the mark.
pub(crate) fn for_spreadsheets(mut text: String) -> String {
    if !text.is_ascii() {
        text.insert(0, MARK);
    }
    text
}

/// The text of a cell, kept from being a formula by an apostrophe. Space and control characters before the sign do not
/// keep a spreadsheet from seeing it.
pub(crate) fn harmless(text: &str) -> String {
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).chars().next();
    if first.is_some_and(|first| FORMULA.contains(&first)) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
