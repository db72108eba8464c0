//! The document of a draw: figures with their intervals, rest rows, and the words of the manifest.
//!
//! It is a pure function of the draw, the manifest and what an operator names. Nothing in it depends on an exact count: which
//! groups, tables and cells there are follows from the manifest, and all else from figures with noise.

use aboveboard_manifest::{Manifest, Publish};
use aboveboard_published::figures::{figure, is_shown, share};
use aboveboard_published::parameters::{THRESHOLD, parameters};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{
    Cell, CellState, FORMAT, Figure, Form, Group, ManifestReference, Note, Product, Publication, Release,
    Table,
};
use aboveboard_store::contributions::{Layout, LayoutTable, Subject, TableForm};
use aboveboard_types::clock::day_stamp;

use super::draw::{DrawError, Drawn};
use super::rest::rest_row;
use super::settle::{SettledTable, settle};
use super::words::Words;

/// The key of the rest row.
const REST: &str = "rest";

/// What a document is made of.
#[derive(Clone, Copy, Debug)]
pub struct AssembleInput<'a> {
    /// Names it, and says what it covers.
    pub id: PublicationId,
    /// The manifest that rules it.
    pub manifest: &'a Manifest,
    /// Its cells.
    pub layout: &'a Layout,
    /// The draw.
    pub drawn: &'a Drawn,
    /// The day of the draw, since 1970.
    pub day: u32,
    /// Releases to be marked.
    pub releases: &'a [Release],
    /// What the maker says besides.
    pub notes: &'a [Note],
    /// The publication that this one corrects.
    pub corrects: Option<PublicationId>,
    /// Whether the figures are made up.
    pub is_made_up: bool,
}

/// Makes the document. The hashes of its files and the root of the log before it are not in it yet.
///
/// # Errors
/// Where the draw is of another layout, the manifest publishes nothing, or a number does not fit.
pub fn assemble(input: &AssembleInput<'_>) -> Result<Publication, DrawError> {
    let AssembleInput { id, manifest, drawn, .. } = *input;
    let publish = manifest.publish.as_ref().ok_or(DrawError::NothingPublished)?;
    Ok(Publication {
        format: FORMAT,
        id: id.to_string(),
        product: product(manifest, publish),
        period: id.period.document(),
        drawn: day_stamp(input.day),
        next_due: day_stamp(id.period.next().due()),
        manifest: ManifestReference { revision: manifest.product.revision, sha256: manifest.hash.clone() },
        parameters: parameters(),
        is_small: drawn.is_small,
        groups: if drawn.is_small { Vec::new() } else { groups(input)? },
        releases: input.releases.to_vec(),
        notes: input.notes.to_vec(),
        corrects: input.corrects.map(|id| id.to_string()),
        files: Vec::new(),
        previous_root: None,
        is_made_up: input.is_made_up,
    })
}

fn product(manifest: &Manifest, publish: &Publish) -> Product {
    Product {
        id: manifest.product.id.clone(),
        name: manifest.product.name.clone(),
        controller: manifest.product.controller.clone(),
        contact: manifest.product.contact.clone(),
        site: publish.site.clone(),
        licence: publish.licence.spdx().to_owned(),
        why: publish.why.clone(),
    }
}

fn groups(input: &AssembleInput<'_>) -> Result<Vec<Group>, DrawError> {
    let AssembleInput { manifest, layout, drawn, .. } = *input;
    if layout.groups.len() != drawn.groups.len() {
        return Err(DrawError::OtherLayout);
    }
    let settled = settle(layout, drawn)?;
    let active = settled.tables.first().ok_or(DrawError::OtherLayout)?;
    let active = figure(active.cells.first().copied().ok_or(DrawError::OtherLayout)?, active.variance(1)?);
    let mut tables = settled.tables.iter();
    let of_group = layout.groups.iter().zip(&drawn.groups).map(|(group, drawn)| {
        let rows = group.tables.iter().map(|of| {
            let settled = tables.next().filter(|settled| settled.cells.len() == of.cells.len());
            let settled = settled.ok_or(DrawError::OtherLayout)?;
            table(&Words::of(manifest, of), of, settled, &active)
        });
        Ok(Group {
            name: group.name.clone(),
            components: group.components.iter().map(|component| component.name().to_owned()).collect(),
            at_most: group.at_most,
            variance: drawn.variance,
            tables: rows.collect::<Result<_, DrawError>>()?,
        })
    });
    of_group.collect()
}

fn table(
    words: &Words,
    of: &LayoutTable,
    settled: &SettledTable,
    active: &Figure,
) -> Result<Table, DrawError> {
    let rows = Rows { words, of, settled, active };
    Ok(Table {
        name: of.name.clone(),
        title: words.title.clone(),
        what: words.what.clone(),
        why: words.why.clone(),
        owner: words.owner.clone(),
        unit: words.unit.clone(),
        form: match of.form {
            TableForm::Number => Form::Number,
            TableForm::Partition => Form::Partition,
            TableForm::Several => Form::Several,
        },
        of: rows.total()?.filter(|total| is_shown(total, THRESHOLD)),
        cells: match of.form {
            TableForm::Partition => rows.of_partition()?,
            TableForm::Number | TableForm::Several => rows.of_others()?,
        },
    })
}

/// What the rows of a table are made of.
struct Rows<'a> {
    words: &'a Words,
    of: &'a LayoutTable,
    settled: &'a SettledTable,
    active: &'a Figure,
}

impl Rows<'_> {
    fn figure(&self, value: i64, cells: usize) -> Result<Figure, DrawError> {
        Ok(figure(value, self.settled.variance(cells)?))
    }

    fn total(&self) -> Result<Option<Figure>, DrawError> {
        self.settled.total.map(|total| self.figure(total, self.settled.cells.len())).transpose()
    }

    fn of_partition(&self) -> Result<Vec<Cell>, DrawError> {
        let total = self.total()?;
        let total = total.as_ref();
        let shown =
            |sum: i64, cells: usize| self.figure(sum, cells).is_ok_and(|figure| is_shown(&figure, THRESHOLD));
        let rest = rest_row(&self.settled.cells, &shown);
        let mut rows = Vec::new();
        for (index, value) in self.settled.cells.iter().enumerate() {
            if !rest.members.contains(&index) {
                let figure = self.figure(*value, 1)?;
                rows.push((*value, self.cell(index, CellState::Shown, Some(figure), total)));
            }
        }
        if self.of.subject == Subject::Platform {
            // There is no order of platforms. Those with equal figures stay in that of the lists.
            rows.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
        }
        let mut cells: Vec<Cell> = rows.into_iter().map(|(_, cell)| cell).collect();
        if !rest.members.is_empty() {
            let members = rest.members.iter().filter_map(|index| self.settled.cells.get(*index));
            let sum = members.fold(0_i64, |sum, value| sum.saturating_add(*value));
            let count = u32::try_from(rest.members.len()).map_err(|_| DrawError::TooLarge)?;
            let figure = if rest.is_small { None } else { Some(self.figure(sum, rest.members.len())?) };
            cells.push(Cell {
                key: REST.to_owned(),
                label: format!("{count} smaller ones together"),
                state: if rest.is_small { CellState::Few } else { CellState::Rest(count) },
                share: figure.as_ref().zip(total).and_then(|(figure, total)| share(figure, total)),
                figure,
            });
        }
        Ok(cells)
    }

    /// Where cells do not add up, each is shown or not by itself.
    fn of_others(&self) -> Result<Vec<Cell>, DrawError> {
        let whole = (self.of.subject != Subject::Active).then_some(self.active);
        let cells = self.settled.cells.iter().enumerate().map(|(index, value)| {
            let figure = self.figure(*value, 1)?;
            Ok(if is_shown(&figure, THRESHOLD) {
                self.cell(index, CellState::Shown, Some(figure), whole)
            } else {
                self.cell(index, CellState::Few, None, whole)
            })
        });
        cells.collect()
    }

    fn cell(&self, index: usize, state: CellState, figure: Option<Figure>, whole: Option<&Figure>) -> Cell {
        Cell {
            key: self.of.cells.get(index).cloned().unwrap_or_default(),
            label: self.words.label(self.of, index),
            state,
            share: figure.as_ref().zip(whole).and_then(|(figure, whole)| share(figure, whole)),
            figure,
        }
    }
}
