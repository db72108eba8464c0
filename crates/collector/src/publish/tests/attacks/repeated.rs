//! Several publications: what they say together of an installation that is in all of them, or in the first alone.

use aboveboard_types::declaration::Component;

use super::super::samples::{document, kiln, layout_of};
use super::attacker::{Attacker, Right, bound, trials};
use super::crowd::{crowd, gathered, victim};
use super::noises::{Quartered, exact};
use super::presence::rho;
use crate::publish::{Noise, TrueCounts, draw};

/// After how many publications there is a guess.
const GUESSED: [usize; 4] = [1, 2, 4, 12];

/// Guesses from the documents of one, two, four and twelve publications.
fn play(trials: u64, noise: &dyn Fn(u64) -> Box<dyn Noise>) -> [Right; 4] {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let others = crowd(&layout, 2_000);
    let victim = victim(&layout, Component::Server, false);
    let without = gathered(&layout, others.clone()).unwrap();
    let with = gathered(&layout, [others, vec![victim.clone()]].concat()).unwrap();
    let attacker = Attacker::new(&layout, &without, &victim, 1.0);
    let mut right = [Right::default(); 4];
    for trial in 0..trials {
        let is_there = trial % 2 == 1;
        let mut likelier = 0.0;
        for publication in 1..=12 {
            let counts = if is_there { &with } else { &without };
            let drawn = draw(&layout, counts, &mut *noise(trial << 8 | publication as u64)).unwrap();
            likelier += attacker.of_publication(&document(&manifest, &layout, &drawn));
            if let Some(guessed) = GUESSED.iter().position(|after| *after == publication) {
                right[guessed].guess(likelier, is_there);
            }
        }
    }
    right
}

#[test]
fn torture_several_publications_together_say_no_more_than_the_ledger_adds_up() {
    let fair = |draw| -> Box<dyn Noise> { Box::new(exact(8 << 40 | draw)) };
    let right = play(trials(1_000, 20_000), &fair);
    for (right, publications) in right.into_iter().zip(GUESSED) {
        right.hold(&format!("{publications} publications"), bound(publications as f64 * rho()));
    }
    // A period that was drawn twelve times would be charged once.
    right[3].exceed("twelve draws for one", bound(rho()));
}

#[test]
fn torture_several_publications_say_more_than_that_where_there_is_less_noise() {
    let quartered = |draw| -> Box<dyn Noise> { Box::new(Quartered(exact(9 << 40 | draw))) };
    let right = play(trials(500, 2_000), &quartered);
    for (right, publications) in right.into_iter().zip(GUESSED).skip(1) {
        let attack = format!("{publications} publications, a quarter of the variance");
        right.exceed(&attack, bound(publications as f64 * rho()));
    }
}

/// Guesses whether an installation was erased after a publication, by somebody who knows only that nothing else changed until
/// the next. `seeds` are those of the noise of the two.
fn erased(trials: u64, seeds: &dyn Fn(u64) -> [u64; 2]) -> Right {
    let layout = layout_of(&kiln());
    let others = crowd(&layout, 2_000);
    let victim = victim(&layout, Component::Server, false);
    let without = gathered(&layout, others.clone()).unwrap();
    let with = gathered(&layout, [others, vec![victim.clone()]].concat()).unwrap();
    let mut right = Right::default();
    for trial in 0..trials {
        let was_there = trial % 2 == 1;
        let counts = if was_there { &with } else { &without };
        let [first, second] = seeds(trial);
        let before = draw(&layout, counts, &mut exact(first)).unwrap();
        let after = draw(&layout, &without, &mut exact(second)).unwrap();
        let after = after.groups.iter().flat_map(|group| &group.tables).flat_map(|table| &table.cells);
        let cells = after.map(|cell| u64::try_from(*cell).unwrap_or(0)).collect();
        let after = TrueCounts { cells, counted: Vec::new() };
        right.guess(Attacker::new(&layout, &after, &victim, 1.0).of_draw(&before), was_there);
    }
    right
}

#[test]
fn torture_an_erasure_between_two_publications_stays_within_the_bound_of_both() {
    let right = erased(trials(4_000, 20_000), &|trial| [10 << 40 | trial, 11 << 40 | trial]);
    right.hold("erased between two publications", bound(2.0 * rho()));
}

#[test]
fn noise_that_is_drawn_again_for_the_next_publication_shows_an_erasure() {
    let right = erased(40, &|trial| [12 << 40 | trial; 2]);
    right.exceed("erased, the same noise in both publications", bound(2.0 * rho()));
    assert!(right.rate() > 0.999, "the difference is exact");
}
