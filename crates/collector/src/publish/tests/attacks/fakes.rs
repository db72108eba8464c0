//! All others in a cell are the attacker's own: fakes that he keeps, so that the cell is theirs and that of one installation.

use aboveboard_published::publication::{Cell, CellState, Publication};
use aboveboard_store::contributions::Contribution;
use aboveboard_types::declaration::Component;

use super::super::samples::{document, kiln, layout_of};
use super::attacker::{Right, normal, sd, trials};
use super::crowd::{crowd, gathered, victim};
use super::noises::{Off, exact};
use crate::publish::{Noise, draw};

/// What he watched, and how often he was right.
struct Watched {
    right: Right,
    /// The noise of the rows that he saw, the least of all.
    least_sd: f64,
    /// How often the cell was shown by itself.
    shown: u64,
}

/// So many fakes, all of them and the victim in the last platform of all, where else nobody is.
fn watch(fakes: u64, trials: u64, noise: &dyn Fn(u64) -> Box<dyn Noise>) -> Watched {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let victim = victim(&layout, Component::Server, true);
    let (_, platforms, first) = layout.tables().find(|(_, table, _)| table.name == "platform").unwrap();
    let last = first as usize + platforms.cells.len() - 1;
    let key = platforms.cells.last().unwrap();
    let others = [crowd(&layout, 2_000), vec![victim.clone(); usize::try_from(fakes).unwrap()]].concat();
    let of = |all: Vec<Contribution>| gathered(&layout, all).unwrap();
    let without = of(others.clone());
    let with = of([others, vec![victim]].concat());
    assert_eq!(with.cells()[last], fakes + 1);
    let mut watched = Watched { right: Right::default(), least_sd: f64::MAX, shown: 0 };
    for trial in 0..trials {
        let is_there = trial % 2 == 1;
        let counts = if is_there { &with } else { &without };
        let drawn = draw(&layout, counts, &mut *noise(trial)).unwrap();
        let publication = document(&manifest, &layout, &drawn);
        let (row, is_rest) = row_of(&publication, key);
        watched.shown += u64::from(!is_rest);
        let Some(figure) = &row.figure else {
            watched.right.guess(0.0, is_there);
            continue;
        };
        let known: u64 = platforms
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| **cell == row.key || is_rest && is_in_rest(&publication, cell))
            .map(|(index, _)| without.cells()[first as usize + index])
            .sum();
        watched.least_sd = watched.least_sd.min(sd(figure));
        watched.right.guess(figure.value as f64 - known as f64 - 0.5, is_there);
    }
    watched
}

fn rows(publication: &Publication) -> &[Cell] {
    let mut tables = publication.groups.iter().flat_map(|group| &group.tables);
    &tables.find(|table| table.name == "platform").unwrap().cells
}

fn is_in_rest(publication: &Publication, cell: &str) -> bool {
    !rows(publication).iter().any(|row| row.state == CellState::Shown && row.key == cell)
}

/// Where a cell is: a row of its own, or the rest row.
fn row_of<'p>(publication: &'p Publication, cell: &str) -> (&'p Cell, bool) {
    let is_rest = is_in_rest(publication, cell);
    let row = rows(publication).iter().find(|row| if is_rest { row.key == "rest" } else { row.key == cell });
    (row.unwrap(), is_rest)
}

#[test]
fn torture_fakes_around_one_installation_do_not_show_it() {
    for (fakes, seed) in [(19, 13), (1_000, 14)] {
        let noise = |trial| -> Box<dyn Noise> { Box::new(exact(seed << 40 | trial)) };
        let trials = trials(4_000, 20_000);
        let watched = watch(fakes, trials, &noise);
        let bound = normal(0.5 / watched.least_sd);
        let shown = watched.shown as f64 / trials as f64;
        watched.right.hold(&format!("{fakes} fakes, the cell shown in {shown:.2} of all"), bound);
        assert_eq!(shown > 0.5, fakes > 19, "both a row of its own and a rest row are watched");
    }
}

#[test]
fn fakes_around_one_installation_show_it_where_there_is_a_threshold_alone() {
    for fakes in [19, 1_000] {
        let watched = watch(fakes, 40, &|_| Box::new(Off));
        assert!(watched.right.rate() > 0.999, "{:?}", watched.right);
        watched.right.exceed(&format!("{fakes} fakes, a threshold alone"), normal(0.5 / watched.least_sd));
    }
}
