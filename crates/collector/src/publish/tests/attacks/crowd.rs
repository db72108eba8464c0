//! Installations that an attacker knows, and the one that he does not.

use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributorFilter, Layout, TableForm,
};
use aboveboard_store::read::Days;
use aboveboard_types::declaration::Component;

use super::super::samples::Crowd;
use crate::publish::{DrawError, TrueCounts};

/// A number for each step of a sequence, as if at random.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Half of all times 0, half of the others 1, and so on; below `bound`.
    fn halving(&mut self, bound: usize) -> usize {
        (self.next().trailing_zeros() as usize).min(bound - 1)
    }
}

/// Installations of every component that there is, each with what it likes.
pub(super) fn crowd(layout: &Layout, installations: u64) -> Vec<Contribution> {
    let mut dice = Dice(installations);
    let components = &layout.groups[0].components;
    (0..installations)
        .map(|number| {
            let component = components[usize::try_from(number).unwrap() % components.len()];
            contribution(layout, component, &mut |form, cells, left| match form {
                TableForm::Several => (0..cells)
                    .filter(|cell| dice.next().is_multiple_of(*cell as u64 + 2))
                    .take(left)
                    .collect(),
                TableForm::Number | TableForm::Partition => vec![dice.halving(cells)],
            })
        })
        .collect()
}

/// The installation that loses most: it adds to each group all that it may. Of a partition it is in the first cell, where many
/// are, or in the last, where it is alone.
pub(super) fn victim(layout: &Layout, component: Component, is_rare: bool) -> Contribution {
    let victim = contribution(layout, component, &mut |form, cells, left| match form {
        TableForm::Several => (0..cells.min(left)).collect(),
        TableForm::Number | TableForm::Partition => vec![if is_rare { cells - 1 } else { 0 }],
    });
    for group in layout.groups.iter().filter(|group| group.is_fed_by(component)) {
        let range = layout.tables().filter(|(of, ..)| of.name == group.name);
        let added = range.map(|(_, table, first)| {
            let cells = first..first + u32::try_from(table.cells.len()).unwrap();
            victim.cells.iter().filter(|cell| cells.contains(cell)).count()
        });
        assert_eq!(added.sum::<usize>(), group.at_most as usize, "{}", group.name);
    }
    victim
}

/// `choose` says which cells of a table it is in, of so many, when so many more are allowed.
fn contribution(
    layout: &Layout,
    component: Component,
    choose: &mut dyn FnMut(TableForm, usize, usize) -> Vec<usize>,
) -> Contribution {
    let mut cells = Vec::new();
    let mut group_name = String::new();
    let mut left = 0;
    for (group, table, first) in layout.tables().filter(|(group, ..)| group.is_fed_by(component)) {
        if group.name != group_name {
            group_name.clone_from(&group.name);
            left = group.at_most as usize;
        }
        let chosen = match &*table.name {
            "component" => table.cells.iter().position(|name| name == component.name()).into_iter().collect(),
            _ if left == 0 => Vec::new(),
            _ => choose(table.form, table.cells.len(), left),
        };
        left -= chosen.len();
        cells.extend(chosen.into_iter().map(|cell| first + u32::try_from(cell).unwrap()));
    }
    Contribution { component, cells, counted: None }
}

/// What they add up to, as a draw gathers it.
pub(super) fn gathered(layout: &Layout, of: Vec<Contribution>) -> Result<TrueCounts, DrawError> {
    let request = ContributionRequest {
        product: "kiln",
        days: Days::ALL,
        layout,
        contributors: ContributorFilter::Counted,
    };
    TrueCounts::gather(&Crowd(of), &request, false)
}

/// What they add up to without any check.
pub(super) fn unchecked(layout: &Layout, of: &[Contribution]) -> TrueCounts {
    let mut cells = vec![0; layout.cells()];
    for cell in of.iter().flat_map(|contribution| &contribution.cells) {
        cells[*cell as usize] += 1;
    }
    TrueCounts { cells, counted: Vec::new() }
}
