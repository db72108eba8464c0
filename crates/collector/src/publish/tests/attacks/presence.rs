//! One publication: whether an installation is in it.

use aboveboard_manifest::Manifest;
use aboveboard_published::parameters::RHO;
use aboveboard_store::contributions::{Contribution, Layout};
use aboveboard_types::declaration::Component;

use super::super::samples::{document, kiln, layout_of};
use super::attacker::{Attacker, Right, bound, trials};
use super::crowd::{crowd, gathered, unchecked, victim};
use super::noises::{Off, Quartered, exact};
use crate::publish::{DrawError, Noise, TrueCounts, draw};

/// What one installation may lose by one publication.
pub(super) fn rho() -> f64 {
    RHO.numerator() as f64 / RHO.denominator() as f64
}

/// Guesses from the document, and from the draw of the same publications.
struct Guesses {
    from_document: Right,
    from_draw: Right,
}

/// A game: in every second trial the installation is there, `counted` times.
struct Game {
    manifest: Manifest,
    layout: Layout,
    without: TrueCounts,
    with: TrueCounts,
    victim: Contribution,
    times: f64,
}

impl Game {
    fn new(component: Component, is_rare: bool, installations: u64, counted: usize) -> Self {
        let manifest = kiln();
        let layout = layout_of(&manifest);
        let others = crowd(&layout, installations);
        let victim = victim(&layout, component, is_rare);
        let all = [others.clone(), vec![victim.clone(); counted]].concat();
        let without = gathered(&layout, others).unwrap();
        let with = gathered(&layout, all).unwrap();
        Self { manifest, layout, without, with, victim, times: counted as f64 }
    }

    fn play(&self, trials: u64, noise: &dyn Fn(u64) -> Box<dyn Noise>) -> Guesses {
        let attacker = Attacker::new(&self.layout, &self.without, &self.victim, self.times);
        let mut guesses = Guesses { from_document: Right::default(), from_draw: Right::default() };
        for trial in 0..trials {
            let is_there = trial % 2 == 1;
            let counts = if is_there { &self.with } else { &self.without };
            let drawn = draw(&self.layout, counts, &mut *noise(trial)).unwrap();
            guesses.from_draw.guess(attacker.of_draw(&drawn), is_there);
            let publication = document(&self.manifest, &self.layout, &drawn);
            guesses.from_document.guess(attacker.of_publication(&publication), is_there);
        }
        guesses
    }
}

fn fair(seed: u64) -> impl Fn(u64) -> Box<dyn Noise> {
    move |trial| Box::new(exact(seed << 32 | trial))
}

#[test]
fn torture_presence_of_a_server_stays_within_the_bound() {
    let guesses = Game::new(Component::Server, false, 2_000, 1).play(trials(4_000, 100_000), &fair(1));
    guesses.from_document.hold("presence, server", bound(rho()));
    guesses.from_draw.hold("presence, server, before anything is done to the draw", bound(rho()));
    assert!(guesses.from_draw.rate() > 0.56, "an attack that is no attack: {:?}", guesses.from_draw);
}

#[test]
fn torture_presence_of_a_command_line_in_rare_cells_stays_within_the_bound() {
    let guesses = Game::new(Component::Cli, true, 2_000, 1).play(trials(4_000, 100_000), &fair(2));
    guesses.from_document.hold("presence, command line, rare", bound(rho()));
    guesses.from_draw.hold("presence, command line, rare, before anything is done to the draw", bound(rho()));
}

#[test]
fn torture_presence_at_the_border_of_a_small_product_stays_within_the_bound() {
    let guesses = Game::new(Component::Server, false, 99, 1).play(trials(4_000, 100_000), &fair(3));
    guesses.from_document.hold("presence, the hundredth", bound(rho()));
    guesses.from_draw.hold("presence, the hundredth, before anything is done to the draw", bound(rho()));
}

#[test]
fn torture_presence_exceeds_the_bound_where_there_is_less_noise_than_is_said() {
    let game = Game::new(Component::Server, false, 2_000, 1);
    let quartered = |trial| -> Box<dyn Noise> { Box::new(Quartered(exact(4 << 32 | trial))) };
    let guesses = game.play(trials(4_000, 20_000), &quartered);
    guesses.from_document.exceed("presence, a quarter of the variance", bound(rho()));
    let guesses = game.play(40, &|_| Box::new(Off));
    guesses.from_document.exceed("presence, no noise", bound(rho()));
    assert!(guesses.from_document.rate() > 0.999, "without noise he knows");
}

#[test]
fn torture_presence_exceeds_the_bound_where_an_installation_counts_several_times() {
    for (times, seed) in [(2, 5), (10, 6)] {
        let game = Game::new(Component::Server, false, 2_000, times);
        let guesses = game.play(trials(4_000, 20_000), &fair(seed));
        guesses.from_document.exceed(&format!("presence, counted {times} times"), bound(rho()));
    }
}

#[test]
fn torture_presence_exceeds_the_bound_where_no_bound_is_held() {
    let mut manifest = kiln();
    manifest.cli.as_mut().unwrap().commands = (0..60).map(|number| format!("command{number}")).collect();
    let layout = layout_of(&manifest);
    let others = crowd(&layout, 2_000);
    let mut greedy = victim(&layout, Component::Cli, false);
    let (_, commands, first) = layout.tables().find(|(_, table, _)| table.name == "commands.worked").unwrap();
    greedy.cells.extend(first..first + u32::try_from(commands.cells.len()).unwrap());
    greedy.cells.sort_unstable();
    greedy.cells.dedup();
    let all = [others.clone(), vec![greedy.clone()]].concat();
    assert!(matches!(gathered(&layout, all.clone()), Err(DrawError::Bound(_))), "nothing is drawn");
    let without = gathered(&layout, others).unwrap();
    let with = unchecked(&layout, &all);
    let game = Game { manifest, layout, without, with, victim: greedy, times: 1.0 };
    let guesses = game.play(trials(4_000, 20_000), &fair(7));
    guesses.from_document.exceed("presence, without bounds", bound(rho()));
}
