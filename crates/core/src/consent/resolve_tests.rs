use super::*;
use crate::consent::table::{Held, POLICIES, SOURCES, Says, Table};

const READINGS: [Reading; 4] = [Reading::Unset, Reading::On, Reading::Off, Reading::Unreadable];
const STORED: [Stored; 6] = [
    Stored::Nothing,
    Stored::Unreadable,
    Stored::Answer(Choice::Yes),
    Stored::Answer(Choice::Local),
    Stored::Answer(Choice::No),
    Stored::Answer(Choice::Shown),
];
const WAYS: [Way; 4] = [Way::Nowhere, Way::Unusable, Way::Elsewhere, Way::Open];

/// Every combination of what the sources can say.
fn each(mut check: impl FnMut(&Facts)) {
    let mut combination = 0_usize;
    loop {
        let mut rest = combination;
        let mut pick = |choices: usize| {
            let picked = rest % choices;
            rest /= choices;
            picked
        };
        let facts = Facts {
            policy: POLICIES[pick(5)],
            flag: READINGS[pick(4)],
            do_not_track: [Reading::Unset, Reading::Off][pick(2)],
            generic: READINGS[pick(4)],
            variable: READINGS[pick(4)],
            config: READINGS[pick(4)],
            has_place: [true, false][pick(2)],
            drop_in: [Reading::Unset, Reading::Off, Reading::Unreadable][pick(3)],
            answer: STORED[pick(6)],
            family: STORED[pick(6)],
            wording: None,
            way: WAYS[pick(4)],
        };
        if rest > 0 {
            return;
        }
        check(&facts);
        combination += 1;
    }
}

fn says_no(facts: &Facts) -> bool {
    let stored_no = |stored| matches!(stored, Stored::Unreadable | Stored::Answer(Choice::No));
    [facts.flag, facts.do_not_track, facts.generic, facts.variable, facts.config, facts.drop_in]
        .iter()
        .any(|reading| matches!(reading, Reading::Off | Reading::Unreadable))
        || facts.policy == Policy::Off
        || !facts.has_place
        || stored_no(facts.answer)
        || facts.policy == Policy::Follow && stored_no(facts.family)
}

fn says_yes_now(facts: &Facts) -> bool {
    [facts.flag, facts.variable, facts.config].contains(&Reading::On)
}

fn said_yes(facts: &Facts) -> bool {
    match facts.policy {
        Policy::Follow => facts.family == Stored::Answer(Choice::Yes),
        Policy::Notice => matches!(facts.answer, Stored::Answer(Choice::Yes | Choice::Shown)),
        _ => facts.answer == Stored::Answer(Choice::Yes),
    }
}

/// One pass over all of them: they are two million.
#[test]
fn every_combination_obeys_the_rule() {
    let mut combinations = 0_u32;
    each(|facts| {
        combinations += 1;
        if says_no(facts) {
            any_no_and_any_garbage_is_off(facts);
        } else {
            it_is_on_exactly_where_a_yes_holds_for_the_endpoint_in_use(facts);
        }
        if facts.generic == Reading::On {
            the_generic_variable_lifts_nothing(facts);
        }
    });
    assert_eq!(combinations, 2_211_840);
}

/// From which it follows that adding a no, or garbage, turns nothing on.
fn any_no_and_any_garbage_is_off(facts: &Facts) {
    let (mode, because) = facts.resolve();
    assert_eq!(mode, Mode::Off, "{facts:?}");
    assert_eq!(Some(because), facts.no());
}

fn it_is_on_exactly_where_a_yes_holds_for_the_endpoint_in_use(facts: &Facts) {
    let (mode, because) = facts.resolve();
    if facts.answer == Stored::Answer(Choice::Local) {
        assert_eq!((mode, because), (Mode::Local, Source::Answer));
        return;
    }
    let reaches = match facts.way {
        Way::Nowhere | Way::Unusable => false,
        Way::Elsewhere => says_yes_now(facts),
        Way::Open => says_yes_now(facts) || said_yes(facts),
    };
    assert_eq!(mode == Mode::On, reaches, "{facts:?} gives {mode:?} because of {because:?}");
    assert_ne!(mode, Mode::Local);
    if facts.policy == Policy::Follow && !says_yes_now(facts) && !said_yes(facts) {
        assert_eq!(mode, Mode::Off, "who follows is never asked: {facts:?}");
    }
}

fn the_generic_variable_lifts_nothing(facts: &Facts) {
    let silent = Facts { generic: Reading::Unset, ..*facts };
    assert_eq!(facts.resolve(), silent.resolve());
}

/// What a switch or file that holds a word of the shared table comes to.
fn reading_of(source: Source, held: Held) -> Reading {
    match (source, held) {
        (Source::DoNotTrack, Some("on" | "garbage")) => Reading::Off,
        (Source::DoNotTrack, _) | (_, None) => Reading::Unset,
        (Source::Policy, Some(_)) | (_, Some("off" | "empty")) => Reading::Off,
        (_, Some("on")) => Reading::On,
        _ => Reading::Unreadable,
    }
}

fn stored_of(held: Held) -> Stored {
    match held {
        None => Stored::Nothing,
        Some("on") => Stored::Answer(Choice::Yes),
        Some("off") => Stored::Answer(Choice::No),
        Some("local") => Stored::Answer(Choice::Local),
        Some("shown") => Stored::Answer(Choice::Shown),
        Some(_) => Stored::Unreadable,
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
            let facts = Facts {
                config: read(0),
                flag: read(1),
                do_not_track: read(2),
                generic: read(3),
                variable: read(4),
                drop_in: read(5),
                answer: stored_of(held(6)),
                family: stored_of(held(7)),
                way: Way::Open,
                ..Facts::of(policy)
            };
            let says = picked.map(|(_, says)| says);
            let (mode, because, _) = rules(says, held(6).is_some());
            assert_eq!(facts.resolve(), (mode, because), "{policy:?} {picked:?}");
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
    each(|facts| {
        // The rest of the sources is covered above; here they may say nothing or no.
        if [facts.generic, facts.do_not_track, facts.drop_in, facts.config] != [Reading::Unset; 4] {
            return;
        }
        let without = facts.resolve();
        for stored in STORED {
            let with = Facts { wording: Some(stored), ..*facts }.resolve();
            let agrees = stored == Stored::Answer(Choice::Yes)
                || facts.policy == Policy::Notice && stored == Stored::Answer(Choice::Shown);
            if facts.policy != Policy::Off && stored.is_no() {
                assert_eq!(with.0, Mode::Off, "{facts:?} {stored:?}");
            } else if without.0 == Mode::On && !agrees && !says_yes_now(facts) {
                assert_eq!(with, (Mode::Undecided, Source::Wording), "{facts:?} {stored:?}");
                waits += 1;
            } else if with.0 == Mode::On {
                assert_eq!(with, without, "{facts:?} {stored:?}");
            }
        }
    });
    assert!(waits > 0);
}
