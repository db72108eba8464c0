//! A product that is made up: how many installations would be in each cell. Use falls off as it does in real products: the second
//! most used thing has half of the first, the third a third.

use aboveboard_store::contributions::{Layout, LayoutGroup, LayoutTable, Subject, TableForm};
use aboveboard_types::declaration::Component;

/// Which hundredths of the installations of a product with a server and a CLI are servers; most makers have more users of a CLI.
const SERVERS: u64 = 40;

/// How many hundredths of those who could use the most used thing do.
const USERS_OF_THE_FIRST: u64 = 80;

/// For how many hundredths of its users a command fails.
const FAILING: u64 = 5;

/// For how many the one does that a maker would want to be told of.
const BROKEN: u64 = 30;

/// How far down the list that command stands.
const BROKEN_COMMAND: usize = 3;

/// Made-up counts.
pub(super) struct Crowd {
    /// Of each cell of the layout.
    pub(super) cells: Vec<u64>,
}

impl Crowd {
    /// A crowd of this many installations.
    pub(super) fn of(layout: &Layout, installations: u64) -> Self {
        let cells = layout.tables().flat_map(|(group, table, _)| {
            let fed = layout.groups.first().map_or(0, |headline| fed(headline, group, installations));
            match &table.subject {
                Subject::Active => vec![installations],
                Subject::Component => {
                    table.cells.iter().map(|cell| share(layout, cell, installations)).collect()
                }
                // The newest line, which stands before the last cell, has the most.
                Subject::Version => {
                    let lines = table.cells.len().saturating_sub(1);
                    let mut cells: Vec<u64> = shared_out(installations, lines).into_iter().rev().collect();
                    cells.push(0);
                    cells
                }
                Subject::CommandsWorked => {
                    used(fed, table).iter().enumerate().map(|(at, users)| users - fails(at, *users)).collect()
                }
                Subject::CommandsFailing => {
                    used(fed, table).iter().enumerate().map(|(at, users)| fails(at, *users)).collect()
                }
                _ if table.form == TableForm::Partition => shared_out(fed, table.cells.len()),
                _ => used(fed, table),
            }
        });
        Self { cells: cells.collect() }
    }
}

/// How many installations are of the components that feed a group.
fn fed(headline: &LayoutGroup, group: &LayoutGroup, installations: u64) -> u64 {
    group.components.iter().map(|component| of_component(headline, *component, installations)).sum()
}

fn share(layout: &Layout, component: &str, installations: u64) -> u64 {
    let Some(headline) = layout.groups.first() else { return 0 };
    let found = headline.components.iter().find(|of| of.name() == component);
    found.map_or(0, |component| of_component(headline, *component, installations))
}

fn of_component(headline: &LayoutGroup, component: Component, installations: u64) -> u64 {
    let all = headline.components.len() as u64;
    if all == 2 && headline.is_fed_by(Component::Server) {
        let servers = installations * SERVERS / 100;
        return if component == Component::Server { servers } else { installations - servers };
    }
    let each = installations.checked_div(all).unwrap_or(0);
    let is_first = headline.components.first() == Some(&component);
    if is_first { installations - each * (all - 1) } else { each }
}

/// Each part in proportion to one over its place; what is left is in the first.
fn shared_out(total: u64, parts: usize) -> Vec<u64> {
    const UNIT: u64 = 720_720;
    let weights: Vec<u64> = (1..=parts as u64).map(|place| UNIT / place).collect();
    let sum: u64 = weights.iter().sum();
    let mut cells: Vec<u64> =
        weights.iter().map(|weight| (total * weight).checked_div(sum).unwrap_or(0)).collect();
    let rest = total - cells.iter().sum::<u64>();
    if let Some(first) = cells.first_mut() {
        *first += rest;
    }
    cells
}

/// Of a table in which an installation can be in several cells.
fn used(fed: u64, table: &LayoutTable) -> Vec<u64> {
    (1..=table.cells.len() as u64).map(|place| fed * USERS_OF_THE_FIRST / 100 / place).collect()
}

fn fails(at: usize, users: u64) -> u64 {
    users * if at == BROKEN_COMMAND { BROKEN } else { FAILING } / 100
}
