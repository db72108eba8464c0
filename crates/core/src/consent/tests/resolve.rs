//! The pure rule, against every combination of its inputs and against the shared table.

use aboveboard_types::declaration::Policy;

use super::table::{Held, POLICIES, SOURCES, Says, Table};
use crate::consent::resolve::{ConsentInputs, EndpointState};
use crate::consent::{Choice, Mode, Reading, Source, StoredChoice};

const READINGS: [Reading; 4] = [Reading::Unset, Reading::On, Reading::Off, Reading::Unreadable];
const STORED: [StoredChoice; 6] = [
    StoredChoice::Nothing,
    StoredChoice::Unreadable,
    StoredChoice::Answer(Choice::Yes),
    StoredChoice::Answer(Choice::Local),
    StoredChoice::Answer(Choice::No),
    StoredChoice::Answer(Choice::Shown),
];
const ENDPOINT_STATES: [EndpointState; 5] = [
    EndpointState::Missing,
    EndpointState::Unusable,
    EndpointState::NotAnsweredFor,
    EndpointState::Unanswerable,
    EndpointState::Usable,
];

/// Every combination of what the sources can say.
fn each(mut check: impl FnMut(&ConsentInputs)) {
    let mut combination = 0_usize;
    loop {
        let mut rest = combination;
        let mut pick = |choices: usize| {
            let picked = rest % choices;
            rest /= choices;
            picked
        };
        let inputs = ConsentInputs {
            policy: POLICIES[pick(5)],
            flag: READINGS[pick(4)],
            do_not_track: [Reading::Unset, Reading::Off][pick(2)],
            generic: READINGS[pick(4)],
            variable: READINGS[pick(4)],
            config: READINGS[pick(4)],
            has_place: [true, false][pick(2)],
            policy_file: [Reading::Unset, Reading::Off, Reading::Unreadable][pick(3)],
            answer: STORED[pick(6)],
            family: STORED[pick(6)],
            wording: None,
            endpoint: ENDPOINT_STATES[pick(5)],
        };
        if rest > 0 {
            return;
        }
        check(&inputs);
        combination += 1;
    }
}

fn says_no(inputs: &ConsentInputs) -> bool {
    let stored_no = |stored| matches!(stored, StoredChoice::Unreadable | StoredChoice::Answer(Choice::No));
    [inputs.flag, inputs.do_not_track, inputs.generic, inputs.variable, inputs.config, inputs.policy_file]
        .iter()
        .any(|reading| matches!(reading, Reading::Off | Reading::Unreadable))
        || inputs.policy == Policy::Off
        || !inputs.has_place
        || stored_no(inputs.answer)
        || inputs.policy == Policy::Follow && stored_no(inputs.family)
}

fn says_yes_now(inputs: &ConsentInputs) -> bool {
    [inputs.flag, inputs.variable, inputs.config].contains(&Reading::On)
}

fn said_yes(inputs: &ConsentInputs) -> bool {
    match inputs.policy {
        Policy::Follow => inputs.family == StoredChoice::Answer(Choice::Yes),
        Policy::Notice => matches!(inputs.answer, StoredChoice::Answer(Choice::Yes | Choice::Shown)),
        _ => inputs.answer == StoredChoice::Answer(Choice::Yes),
    }
}

/// One pass over all of them: they are nearly three million.
#[test]
fn every_combination_obeys_the_rule() {
    let mut combinations = 0_u32;
    each(|inputs| {
        combinations += 1;
        if says_no(inputs) {
            any_no_and_any_garbage_is_off(inputs);
        } else {
            it_is_on_exactly_where_a_yes_holds_for_the_endpoint_in_use(inputs);
        }
        if inputs.generic == Reading::On {
            the_generic_variable_lifts_nothing(inputs);
        }
    });
    assert_eq!(combinations, 2_764_800);
}

/// From which it follows that adding a no, or garbage, turns nothing on.
fn any_no_and_any_garbage_is_off(inputs: &ConsentInputs) {
    let (mode, because) = inputs.resolve();
    assert_eq!(mode, Mode::Off, "{inputs:?}");
    assert_eq!(Some(because), inputs.no());
}

fn it_is_on_exactly_where_a_yes_holds_for_the_endpoint_in_use(inputs: &ConsentInputs) {
    let (mode, because) = inputs.resolve();
    if inputs.answer == StoredChoice::Answer(Choice::Local) {
        assert_eq!((mode, because), (Mode::Local, Source::Answer));
        return;
    }
    let reaches = match inputs.endpoint {
        EndpointState::Missing | EndpointState::Unusable => false,
        EndpointState::NotAnsweredFor | EndpointState::Unanswerable => says_yes_now(inputs),
        EndpointState::Usable => says_yes_now(inputs) || said_yes(inputs),
    };
    assert_eq!(mode == Mode::On, reaches, "{inputs:?} gives {mode:?} because of {because:?}");
    assert_ne!(mode, Mode::Local);
    if inputs.policy == Policy::Follow && !says_yes_now(inputs) && !said_yes(inputs) {
        assert_eq!(mode, Mode::Off, "who follows is never asked: {inputs:?}");
    }
}

fn the_generic_variable_lifts_nothing(inputs: &ConsentInputs) {
    let silent = ConsentInputs { generic: Reading::Unset, ..*inputs };
    assert_eq!(inputs.resolve(), silent.resolve());
}

/// What a switch or file that holds a word of the shared table comes to.
fn reading_of(source: Source, held: Held) -> Reading {
    match (source, held) {
        (Source::DoNotTrack, Some("on" | "garbage")) => Reading::Off,
        (Source::DoNotTrack, _) | (_, None) => Reading::Unset,
        (Source::PolicyFile, Some(_)) | (_, Some("off" | "empty")) => Reading::Off,
        (_, Some("on")) => Reading::On,
        _ => Reading::Unreadable,
    }
}

fn stored_of(held: Held) -> StoredChoice {
    match held {
        None => StoredChoice::Nothing,
        Some("on") => StoredChoice::Answer(Choice::Yes),
        Some("off") => StoredChoice::Answer(Choice::No),
        Some("local") => StoredChoice::Answer(Choice::Local),
        Some("shown") => StoredChoice::Answer(Choice::Shown),
        Some(_) => StoredChoice::Unreadable,
    }
}

/// Every word and unset of every source under every policy: nearly four million. The table's rules know nothing of
/// this function. That adding a no, or garbage, turns nothing on follows, and is looked at all the same.
#[test]
fn the_shared_table_holds_for_every_combination() {
    let table = Table::read();
    let words = SOURCES.map(|source| {
        let held: Vec<Held> =
            std::iter::once(None).chain(Table::words(source).iter().copied().map(Some)).collect();
        held
    });
    let mut combinations = 0_u32;
    for policy in POLICIES {
        let rules = table.rules(policy);
        let choices: Vec<Vec<(Held, Says)>> = SOURCES
            .iter()
            .zip(&words)
            .map(|(source, words)| {
                words.iter().map(|held| (*held, table.says(policy, *source, *held))).collect()
            })
            .collect();
        let all: usize = choices.iter().map(Vec::len).product();
        for combination in 0..all {
            let mut rest = combination;
            let picked: [(Held, Says); 8] = std::array::from_fn(|place| {
                let choices = &choices[place];
                let picked = choices[rest % choices.len()];
                rest /= choices.len();
                picked
            });
            let held = |place: usize| picked[place].0;
            let read = |place: usize| reading_of(SOURCES[place], held(place));
            let inputs = ConsentInputs {
                config: read(0),
                flag: read(1),
                do_not_track: read(2),
                generic: read(3),
                variable: read(4),
                policy_file: read(5),
                answer: stored_of(held(6)),
                family: stored_of(held(7)),
                endpoint: EndpointState::Usable,
                ..ConsentInputs::of(policy)
            };
            let says = picked.map(|(_, says)| says);
            let (mode, because, _) = rules(says, held(6).is_some());
            assert_eq!(inputs.resolve(), (mode, because), "{policy:?} {picked:?}");
            if says.contains(&Says::No) {
                assert_eq!(mode, Mode::Off, "{policy:?} {picked:?}");
            }
            combinations += 1;
        }
    }
    assert_eq!(combinations, 5 * 5_u32.pow(6) * 7 * 7);
}

/// A wording only ever takes away: whatever it says, what is on with it is on without it, and its no is a no.
#[test]
fn a_wording_of_its_own_needs_its_own_yes_and_turns_nothing_on() {
    let mut waits = 0;
    each(|inputs| {
        // The rest of the sources is covered above; here they may say nothing or no.
        if [inputs.generic, inputs.do_not_track, inputs.policy_file, inputs.config] != [Reading::Unset; 4] {
            return;
        }
        let without = inputs.resolve();
        for stored in STORED {
            let with = ConsentInputs { wording: Some(stored), ..*inputs }.resolve();
            let agrees = stored == StoredChoice::Answer(Choice::Yes)
                || inputs.policy == Policy::Notice && stored == StoredChoice::Answer(Choice::Shown);
            if inputs.policy != Policy::Off && stored.is_no() {
                assert_eq!(with.0, Mode::Off, "{inputs:?} {stored:?}");
            } else if without.0 == Mode::On && !agrees && !says_yes_now(inputs) {
                assert_eq!(with, (Mode::Undecided, Source::Wording), "{inputs:?} {stored:?}");
                waits += 1;
            } else if with.0 == Mode::On {
                assert_eq!(with, without, "{inputs:?} {stored:?}");
            }
        }
    });
    assert!(waits > 0);
}
