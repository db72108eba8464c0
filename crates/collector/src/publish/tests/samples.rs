//! Layouts, counts and crowds that tests make up.

use aboveboard_manifest::Manifest;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::Publication;
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributionSource, Layout, LayoutGroup, LayoutTable, Subject,
    TableForm,
};
use aboveboard_store::read::ReadResult;
use aboveboard_types::declaration::Component;

use crate::publish::{AssembleInput, Drawn, ExactNoise, SeededRandomness, TrueCounts, assemble, draw};

/// The manifest of a product of which everything is published.
pub(super) const KILN: &str = include_str!("../../../tests/data/kiln.toml");

/// The same, read.
pub(super) fn kiln() -> Manifest {
    aboveboard_manifest::parse(KILN, "kiln.toml").unwrap()
}

/// Its cells.
pub(super) fn layout_of(manifest: &Manifest) -> Layout {
    Layout::of(manifest, &manifest.product.releases)
}

/// A headline alone, whose tables are partitions of these sizes.
pub(super) fn headline(sizes: &[usize]) -> Layout {
    let mut tables = vec![table("active", Subject::Active, TableForm::Number, 1)];
    for (index, size) in sizes.iter().enumerate() {
        tables.push(table(&format!("part{index}"), Subject::Platform, TableForm::Partition, *size));
    }
    let at_most = u32::try_from(tables.len()).unwrap();
    let components = vec![Component::Server, Component::Cli];
    Layout { groups: vec![LayoutGroup { name: "headline".to_owned(), components, at_most, tables }] }
}

/// A table whose cells have the names 0, 1, 2 …
fn table(name: &str, subject: Subject, form: TableForm, cells: usize) -> LayoutTable {
    let cells = (0..cells).map(|cell| cell.to_string()).collect();
    LayoutTable { name: name.to_owned(), subject, form, cells }
}

/// Counts of a crowd: in a partition each cell has half of what is left, so some are large and some are small.
pub(super) fn counts(layout: &Layout, installations: u64) -> TrueCounts {
    let mut cells = Vec::new();
    for (_, table, _) in layout.tables() {
        let mut left = installations;
        for _ in 1..table.cells.len() {
            let part = left.div_ceil(2);
            cells.push(part);
            left -= if table.form == TableForm::Partition { part } else { left / 3 };
        }
        cells.push(left);
    }
    TrueCounts { cells, counted: Vec::new() }
}

/// The draw of a seed.
pub(super) fn drawn(layout: &Layout, counts: &TrueCounts, seed: u64) -> Drawn {
    draw(layout, counts, &mut ExactNoise::new(SeededRandomness::new(seed))).unwrap()
}

/// The document of a draw.
pub(super) fn document(manifest: &Manifest, layout: &Layout, drawn: &Drawn) -> Publication {
    let id = PublicationId::parse("2026-q4").unwrap();
    let input = AssembleInput {
        id,
        manifest,
        layout,
        drawn,
        day: id.period.earliest_draw(),
        releases: &[],
        notes: &[],
        corrects: None,
        is_made_up: false,
    };
    assemble(&input).unwrap()
}

/// Gives what a test lists.
pub(super) struct Crowd(pub(super) Vec<Contribution>);

impl ContributionSource for Crowd {
    fn contributions(
        &self,
        _: &ContributionRequest<'_>,
        each: &mut dyn FnMut(&Contribution),
    ) -> ReadResult<()> {
        self.0.iter().for_each(each);
        Ok(())
    }
}
