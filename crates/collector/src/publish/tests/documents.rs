//! What a document says, and that it depends on nothing that it does not say.

use aboveboard_published::canonical;
use aboveboard_published::counted::PADDING;
use aboveboard_published::figures::is_shown;
use aboveboard_published::publication::{Cell, CellState, Form, Publication, Table};
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributorFilter, Layout, TableForm,
};
use aboveboard_store::read::Days;
use aboveboard_types::declaration::Component;

use super::samples::{Crowd, counts, document, drawn, kiln, layout_of};
use crate::publish::{DrawError, Drawn, ExactNoise, SeededRandomness, TrueCounts, counted_lines};

fn table<'p>(publication: &'p Publication, name: &str) -> &'p Table {
    publication.groups.iter().flat_map(|group| &group.tables).find(|table| table.name == name).unwrap()
}

fn keys(table: &Table) -> Vec<&str> {
    table.cells.iter().map(|cell| &*cell.key).collect()
}

#[test]
fn every_table_of_the_manifest_is_there_with_its_words_and_partitions_add_up_to_what_is_shown() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let publication = document(&manifest, &layout, &drawn(&layout, &counts(&layout, 3_000), 1));
    assert_eq!(publication.next_due, "2027-04-30");
    assert_eq!(publication.drawn, "2027-01-15");
    let total = table(&publication, "active").cells[0].figure.clone().unwrap();
    for group in &publication.groups {
        for table in &group.tables {
            assert!(
                !table.title.is_empty() && !table.what.is_empty() && !table.why.is_empty(),
                "{}",
                table.name
            );
            for cell in &table.cells {
                assert!(!cell.label.is_empty(), "{}", table.name);
                assert_eq!(cell.figure.is_some(), cell.state != CellState::Few);
                assert!(cell.figure.iter().all(|figure| is_shown(figure, 20)), "{}: {cell:?}", table.name);
            }
            if table.form == Form::Partition {
                let sum: i64 = table
                    .cells
                    .iter()
                    .filter_map(|cell| cell.figure.as_ref())
                    .map(|figure| figure.value)
                    .sum();
                assert_eq!(table.of.as_ref().unwrap().value, sum, "{}", table.name);
                if group.name == "headline" {
                    assert_eq!(table.of.as_ref().unwrap(), &total, "one total");
                }
            }
        }
    }
    let labels =
        |name: &str| table(&publication, name).cells.iter().map(|cell| &*cell.label).collect::<Vec<_>>();
    assert_eq!(labels("sizes.bricks"), ["0–9", "10–99", "100 and more"]);
    assert_eq!(
        labels("age"),
        ["First seen in the period", "First seen in the period before", "Seen before that"]
    );
    assert_eq!(labels("component"), ["Server", "Command line"]);
    assert_eq!(labels("version"), ["1.0", "1.1", "1.2", "2.0", "2.1", "Other"]);
    assert_eq!(labels("events.warmed"), ["At least once"]);
    assert_eq!(keys(table(&publication, "commands.worked"))[..2], ["fire", "fire twice"]);
    let platforms: Vec<_> =
        table(&publication, "platform").cells.iter().filter_map(|cell| cell.figure.clone()).collect();
    let (_, shown) = platforms.split_last().unwrap();
    assert!(shown.is_sorted_by_key(|figure| std::cmp::Reverse(figure.value)), "largest first, the rest last");
    assert_eq!(keys(table(&publication, "platform")).last(), Some(&"rest"));
    assert_eq!(table(&publication, "sizes.bricks").unit.as_deref(), Some("bricks"));
}

#[test]
fn of_few_installations_nothing_is_said_but_that() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let of = |installations: u64, seed: u64| {
        let drawn = drawn(&layout, &counts(&layout, installations), seed);
        assert!(drawn.is_small, "{installations}");
        assert_eq!(
            drawn.groups.iter().map(|group| group.tables.len()).collect::<Vec<_>>(),
            [1],
            "nothing else is drawn"
        );
        canonical::write(&document(&manifest, &layout, &drawn)).unwrap()
    };
    let none = of(0, 1);
    for (installations, seed) in [(1, 2), (20, 3), (60, 4), (60, 5)] {
        assert_eq!(of(installations, seed), none);
    }
}

/// Two cells of a table that are both in its rest row.
fn two_in_the_rest(layout: &Layout, publication: &Publication) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (_, of, first) in layout.tables().filter(|(_, table, _)| table.form == TableForm::Partition) {
        let shown = keys(table(publication, &of.name));
        let hidden: Vec<_> = (0..of.cells.len()).filter(|cell| !shown.contains(&&*of.cells[*cell])).collect();
        if let [one, .., other] = hidden.as_slice() {
            pairs.push((first as usize + one, first as usize + other));
        }
    }
    pairs
}

fn bytes(drawn: &Drawn) -> Vec<u8> {
    let manifest = kiln();
    canonical::write(&document(&manifest, &layout_of(&manifest), drawn)).unwrap()
}

fn cell_mut(drawn: &mut Drawn, mut index: usize) -> &mut i64 {
    for table in drawn.groups.iter_mut().flat_map(|group| &mut group.tables) {
        if index < table.cells.len() {
            return &mut table.cells[index];
        }
        index -= table.cells.len();
    }
    panic!("no such cell")
}

#[test]
fn what_moves_between_two_cells_of_a_rest_row_changes_no_byte() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let mut moved = 0;
    for seed in 0..20 {
        let counts = counts(&layout, 2_000);
        let before = drawn(&layout, &counts, seed);
        let publication = document(&manifest, &layout, &before);
        for (one, other) in two_in_the_rest(&layout, &publication) {
            for by in [1, 3] {
                let mut cells = counts.cells().to_vec();
                let Some(less) = cells[one].checked_sub(by) else { continue };
                cells[one] = less;
                cells[other] += by;
                let counts = TrueCounts { cells, counted: Vec::new() };
                let after = drawn(&layout, &counts, seed);
                assert_ne!(after, before);
                // A cell that is shown now was moved out of the row, not within it.
                let now = document(&manifest, &layout, &after);
                if two_in_the_rest(&layout, &now) == two_in_the_rest(&layout, &publication) {
                    assert_eq!(bytes(&after), bytes(&before));
                    moved += 1;
                }
            }
        }
    }
    assert!(moved >= 30, "{moved}");
}

#[test]
fn what_changes_below_the_threshold_of_a_table_that_is_no_partition_changes_no_byte() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let before = drawn(&layout, &counts(&layout, 300), 1);
    let publication = document(&manifest, &layout, &before);
    let mut few = 0;
    for (_, of, first) in layout.tables().filter(|(_, table, _)| table.form == TableForm::Several) {
        for (index, cell) in table(&publication, &of.name).cells.iter().enumerate() {
            let mut after = before.clone();
            let drawn = cell_mut(&mut after, first as usize + index);
            if cell.state == CellState::Few {
                *drawn -= 5;
                assert_eq!(bytes(&after), bytes(&before), "{} {}", of.name, cell.key);
                few += 1;
            } else {
                *drawn += 5;
                assert_ne!(bytes(&after), bytes(&before), "{} {}", of.name, cell.key);
            }
        }
    }
    assert!(few >= 3, "{few}");
}

#[test]
fn a_table_whose_whole_is_too_small_says_only_that() {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let mut few = counts(&layout, 2_000);
    let (_, of, first) = layout.tables().find(|(_, table, _)| table.name == "sizes.bricks").unwrap();
    few.cells[first as usize..first as usize + of.cells.len()].fill(2);
    let publication = document(&manifest, &layout, &drawn(&layout, &few, 1));
    let bricks = table(&publication, "sizes.bricks");
    assert_eq!(bricks.of, None);
    let rest = Cell {
        key: "rest".into(),
        label: "3 smaller ones together".into(),
        state: CellState::Few,
        figure: None,
        share: None,
    };
    assert_eq!(bricks.cells, [rest]);
}

fn gather(contributions: Vec<Contribution>) -> Result<TrueCounts, DrawError> {
    let layout = layout_of(&kiln());
    let request = ContributionRequest {
        product: "kiln",
        days: Days::ALL,
        layout: &layout,
        contributors: ContributorFilter::Counted,
    };
    TrueCounts::gather(&Crowd(contributions), &request, true)
}

#[test]
fn an_installation_that_adds_more_than_the_layout_allows_stops_the_draw() {
    let layout = layout_of(&kiln());
    let first = |name: &str| layout.tables().find(|(_, table, _)| table.name == name).unwrap().2;
    let of =
        |component: Component, cells: Vec<u32>| Contribution { component, cells, counted: Some([1; 16]) };
    let commands: Vec<u32> = (first("commands.worked")..first("commands.worked") + 8).collect();
    let good = of(Component::Cli, [vec![0, first("age"), first("component") + 1], commands.clone()].concat());
    let counts = gather(vec![good.clone(), good.clone()]).unwrap();
    assert_eq!(counts.cells().iter().sum::<u64>(), 2 * 11);
    let bad = [
        of(Component::Cli, vec![0, first("age"), first("age") + 1]),
        of(Component::Cli, vec![first("age"), 0]),
        of(Component::Cli, vec![0, 0]),
        of(Component::Cli, vec![0, first("sizes.bricks")]),
        of(Component::Cli, vec![0, layout.cells() as u32]),
        of(Component::Cli, [&[0], &*commands, &[first("commands.failing")]].concat()),
        Contribution { counted: None, ..good.clone() },
    ];
    for bad in bad {
        assert!(matches!(gather(vec![good.clone(), bad.clone()]), Err(DrawError::Bound(_))), "{bad:?}");
    }
}

#[test]
fn the_list_has_the_lines_of_all_and_its_length_says_no_more_than_the_figure() {
    let layout = layout_of(&kiln());
    let counted: Vec<[u8; 16]> = (0..500_u128).map(u128::to_be_bytes).collect();
    let counts = TrueCounts { counted: counted.clone(), ..counts(&layout, 500) };
    let drawn = drawn(&layout, &counts, 2);
    assert_ne!(drawn.active(), Some(500), "noise that would hide a length by the exact number");
    let mut noise = ExactNoise::new(SeededRandomness::new(2));
    let line = |value: &[u8; 16]| value.map(|byte| !byte);
    let lines = counted_lines(&counts, &drawn, &line, &mut noise).unwrap();
    assert_eq!(lines.len() as i64, drawn.active().unwrap() + i64::from(PADDING));
    assert!(lines.is_sorted());
    assert!(counted.iter().all(|value| lines.binary_search(&line(value)).is_ok()));
    let small = Drawn { is_small: true, ..drawn };
    assert_eq!(counted_lines(&counts, &small, &line, &mut noise).unwrap(), Vec::<[u8; 16]>::new());
}

#[test]
fn ids_that_share_one_value_have_one_line_and_the_list_has_its_length() {
    let layout = layout_of(&kiln());
    let counted: Vec<[u8; 16]> = (0..500_u128).map(|id| (id % 100).to_be_bytes()).collect();
    let counts = TrueCounts { counted, ..counts(&layout, 500) };
    let drawn = drawn(&layout, &counts, 1);
    let mut noise = ExactNoise::new(SeededRandomness::new(2));
    let lines = counted_lines(&counts, &drawn, &|value| *value, &mut noise).unwrap();
    assert_eq!(lines.len() as i64, drawn.active().unwrap() + i64::from(PADDING));
    assert!(lines.is_sorted_by(|one, next| one < next));
    assert!((0..100_u128).all(|value| lines.binary_search(&value.to_be_bytes()).is_ok()));
}
