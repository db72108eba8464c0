//! The data of a publication: each table as CSV and as JSON. Their hashes stand in the document, so they are made of its
//! tables alone.

use aboveboard_published::publication::{Cell, CellState, Figure, Form, Group, Publication, Share, Table};
use serde::Serialize;

use super::history::active;
use super::{clean, interval};
use crate::csv;

/// The columns of every CSV.
pub(super) const COLUMNS: [&str; 12] = [
    "table",
    "key",
    "label",
    "value",
    "low",
    "high",
    "sd",
    "of",
    "share",
    "share_low",
    "share_high",
    "state",
];

/// The files with the figures of a publication, by their names beside its document. They do not depend on the hashes and the
/// root that the document gets after they are made.
#[must_use]
pub fn data_files(publication: &Publication) -> Vec<(String, Vec<u8>)> {
    let publication = clean::publication(publication);
    let tables =
        publication.groups.iter().flat_map(|group| group.tables.iter().map(move |table| (group, table)));
    let files = tables.flat_map(|(group, table)| {
        let name = clean::file_name(&table.name);
        let text = csv_of(&publication, table);
        [
            (format!("{name}.csv"), text.into_bytes()),
            (format!("{name}.json"), json(&publication, group, table)),
        ]
    });
    files.collect()
}

fn csv_of(publication: &Publication, table: &Table) -> String {
    let mut text = String::new();
    csv::line(&mut text, COLUMNS);
    for cell in &table.cells {
        let fields = row(publication, table, cell);
        csv::line(&mut text, fields.iter().map(|field| csv::harmless(field)));
    }
    csv::for_spreadsheets(text)
}

/// Everything that stands, of all publications, in one table: what changed over time. A column more says of which
/// publication a row is. The hashes of documents do not cover it.
pub(super) fn history(publications: &[&Publication]) -> Vec<u8> {
    let mut text = String::new();
    csv::line(&mut text, ["publication"].into_iter().chain(COLUMNS));
    for publication in publications {
        for table in publication.groups.iter().flat_map(|group| &group.tables) {
            for cell in &table.cells {
                let fields = row(publication, table, cell);
                let fields = [&publication.id].into_iter().chain(&fields);
                csv::line(&mut text, fields.map(|field| csv::harmless(field)));
            }
        }
    }
    csv::for_spreadsheets(text).into_bytes()
}

/// What a cell says, by [`COLUMNS`].
pub(super) fn row(publication: &Publication, table: &Table, cell: &Cell) -> [String; COLUMNS.len()] {
    let of_figure = |part: fn(&Figure) -> String| cell.figure.as_ref().map(part).unwrap_or_default();
    let of_share = |part: fn(&Share) -> &String| cell.share.as_ref().map(part).cloned().unwrap_or_default();
    let whole = cell.share.as_ref().and_then(|_| whole(publication, table));
    [
        table.name.clone(),
        cell.key.clone(),
        cell.label.clone(),
        of_figure(|figure| figure.value.to_string()),
        of_figure(|figure| figure.low.to_string()),
        of_figure(|figure| figure.high.to_string()),
        of_figure(|figure| figure.sd.clone()),
        whole.map(|figure| figure.value.to_string()).unwrap_or_default(),
        of_share(|share| &share.value),
        of_share(|share| &share.low),
        of_share(|share| &share.high),
        cell.state.word().to_owned(),
    ]
}

/// What shares of a table are shares of.
pub(super) fn whole<'a>(publication: &'a Publication, table: &'a Table) -> Option<&'a Figure> {
    table.of.as_ref().or_else(|| active(publication))
}

/// A table with all that is known of it.
#[derive(Serialize)]
struct TableDocument<'a> {
    publication: &'a str,
    product: &'a str,
    period_first: &'a str,
    period_last: &'a str,
    table: &'a str,
    title: &'a str,
    what: &'a str,
    why: &'a str,
    owner: Option<&'a str>,
    unit: Option<&'a str>,
    form: Form,
    licence: &'a str,
    /// A cell in the state `few` has a drawn figure below this.
    threshold: i64,
    variance: u64,
    of: Option<&'a Figure>,
    cells: Vec<CellDocument<'a>>,
}

#[derive(Serialize)]
struct CellDocument<'a> {
    key: &'a str,
    label: &'a str,
    state: &'static str,
    /// How many cells a rest row stands for.
    cells: Option<u32>,
    figure: Option<&'a Figure>,
    share: Option<&'a Share>,
}

fn json(publication: &Publication, group: &Group, table: &Table) -> Vec<u8> {
    let cells = table.cells.iter().map(|cell| CellDocument {
        key: &cell.key,
        label: &cell.label,
        state: cell.state.word(),
        cells: match cell.state {
            CellState::Rest(cells) => Some(cells),
            CellState::Shown | CellState::Few => None,
        },
        figure: cell.figure.as_ref(),
        share: cell.share.as_ref(),
    });
    let document = TableDocument {
        publication: &publication.id,
        product: &publication.product.id,
        period_first: &publication.period.first,
        period_last: &publication.period.last,
        table: &table.name,
        title: &table.title,
        what: &table.what,
        why: &table.why,
        owner: table.owner.as_deref(),
        unit: table.unit.as_deref(),
        form: table.form,
        licence: &publication.product.licence,
        threshold: interval::threshold(group.variance, publication.parameters.threshold),
        variance: group.variance,
        of: whole(publication, table),
        cells: cells.collect(),
    };
    pretty(&document)
}

/// JSON for people and programs, with a line feed at its end.
pub(super) fn pretty(document: &impl Serialize) -> Vec<u8> {
    // Only a map with other keys than texts could fail, and no document has one.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
