//! What two servers answered to a statement.

use super::http::Answer;
use super::rows::{Column, Row, rows};
use super::statement::Statement;

/// How much of an answer is told where two differ.
const MAX_TOLD_BYTES: usize = 2_000;

/// What two servers answered to a statement.
pub(super) struct Pair<'p> {
    pub(super) statement: &'p Statement,
    pub(super) old: &'p Answer,
    pub(super) new: &'p Answer,
    /// Asks the newer version which columns the answer to a question has. The older one may have gone on.
    pub(super) describe: &'p dyn Fn(&str) -> Answer,
}

impl Pair<'_> {
    /// The columns, and the rows of both.
    pub(super) fn rows(&self) -> Option<(Vec<Column>, Vec<Row>, Vec<Row>)> {
        let have_rows = self.old.is_success && self.new.is_success;
        if !(have_rows && self.statement.text().ends_with(" FORMAT RowBinary")) {
            return None;
        }
        let described = (self.describe)(self.statement.question());
        let columns = Column::described(&described.body).filter(|_| described.is_success)?;
        let old = rows(&columns, &self.old.body)?;
        let new = rows(&columns, &self.new.body)?;
        Some((columns, old, new))
    }

    /// In words.
    pub(super) fn told(&self) -> String {
        format!(
            "two versions of ClickHouse answer differently to\n{}\n18.16: {}\n26: {}",
            self.statement.text(),
            told(self.old),
            told(self.new)
        )
    }
}

fn told(answer: &Answer) -> String {
    let status = if answer.is_success { "" } else { "an error: " };
    let length = answer.body.len();
    let shown = answer.body[..length.min(MAX_TOLD_BYTES)].escape_ascii();
    format!("{status}{length} bytes: {shown}")
}
