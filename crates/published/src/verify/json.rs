//! A table as JSON: the same cells with the same figures as in the document.

use serde::Deserialize;

use crate::publication::{Cell, Figure, Share, Table};

/// As much of the file as the document says too.
#[derive(Deserialize)]
struct TableFile {
    table: String,
    cells: Vec<CellOfFile>,
}

#[derive(Deserialize)]
struct CellOfFile {
    key: String,
    state: String,
    figure: Option<Figure>,
    share: Option<Share>,
}

/// What a file says otherwise than the table, if anything.
pub(super) fn differs(table: &Table, bytes: &[u8]) -> Option<String> {
    let file: TableFile = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(problem) => return Some(problem.to_string()),
    };
    if file.table != table.name || file.cells.len() != table.cells.len() {
        return Some("not of this table".to_owned());
    }
    let differs = file.cells.iter().zip(&table.cells).find(|(file, cell)| !is_same(file, cell));
    differs.map(|(_, cell)| format!("says something else of {} than its document", cell.key))
}

fn is_same(file: &CellOfFile, cell: &Cell) -> bool {
    file.key == cell.key
        && file.state == cell.state.word()
        && file.figure == cell.figure
        && file.share == cell.share
}
