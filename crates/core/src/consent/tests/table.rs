//! The truth table that Rust, TypeScript and the tests of the binaries share: `tests/vectors/consent.json`.

use serde_json::Value;

use crate::consent::{Mode, Source};
use aboveboard_types::declaration::Policy;

/// The sources that hold a text, in the order of asking.
pub(super) const SOURCES: [Source; 8] = [
    Source::Config,
    Source::Flag,
    Source::DoNotTrack,
    Source::GenericVariable,
    Source::Variable,
    Source::PolicyFile,
    Source::Answer,
    Source::Family,
];

pub(super) const POLICIES: [Policy; 5] =
    [Policy::Ask, Policy::Notice, Policy::Follow, Policy::Operator, Policy::Off];

/// What a source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Nothing,
    No,
    Yes,
    Local,
    Notice,
}

/// What a source holds: a word of the table; unset is `None` of it.
pub(super) type Held = Option<&'static str>;

pub(super) struct Table(Value);

impl Table {
    pub(super) fn read() -> Self {
        Self(serde_json::from_str(include_str!("../../../../../tests/vectors/consent.json")).unwrap())
    }

    /// The words that a source may hold.
    pub(super) fn words(source: Source) -> &'static [&'static str] {
        match source {
            Source::Answer | Source::Family => &["on", "off", "empty", "garbage", "local", "shown"],
            _ => &["on", "off", "empty", "garbage"],
        }
    }

    /// The texts of a word; each has one at least.
    pub(super) fn texts(&self, source: Source, word: &str) -> Vec<&str> {
        let kind = self.0["kinds"][source.name()].as_str().unwrap();
        let texts = self.0["texts"][kind][word].as_array().unwrap();
        assert!(!texts.is_empty());
        texts.iter().map(|text| text.as_str().unwrap()).collect()
    }

    /// What a source says that holds this.
    pub(super) fn says(&self, policy: Policy, source: Source, held: Held) -> Says {
        let Some(word) = held else { return Says::Nothing };
        match self.0["says"][policy.name()][source.name()][word].as_str().unwrap() {
            "-" => Says::Nothing,
            "no" => Says::No,
            "yes" => Says::Yes,
            "local" => Says::Local,
            "notice" => Says::Notice,
            other => panic!("{other:?} in the table"),
        }
    }

    /// Whether what a source holds is one of the words that delete.
    pub(super) fn is_read(&self, source: Source, held: Held) -> bool {
        let words = self.0["deletes"][source.name()].as_array();
        words.is_some_and(|words| words.iter().any(|word| word.as_str() == held))
    }

    fn names(&self, list: &str) -> Vec<&str> {
        self.0[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
    }

    /// The rules of the table, applied to what each of [`SOURCES`] says and to whether there is an answer at all:
    /// mode, who decided, and whether what was recorded may be deleted.
    pub(super) fn rules(&self, policy: Policy) -> impl Fn([Says; 8], bool) -> (Mode, Source, bool) {
        let all = [[Source::Manifest].as_slice(), &SOURCES].concat();
        let find = |name: &str| *all.iter().find(|source| source.name() == name).unwrap();
        let place = |source: &Source| SOURCES.iter().position(|known| known == source).unwrap();
        let order: Vec<Source> = self.names("order").into_iter().map(find).collect();
        let yes_order: Vec<Source> = self.names("yes-order").into_iter().map(find).collect();
        let deletes: Vec<Source> =
            self.0["deletes"].as_object().unwrap().keys().map(|name| find(name)).collect();
        let unsaid = &self.0["unsaid"][policy.name()];
        let modes = [Mode::On, Mode::Local, Mode::Off, Mode::Undecided];
        let mode = *modes.iter().find(|mode| Some(mode.name()) == unsaid[0].as_str()).unwrap();
        let because = find(unsaid[1].as_str().unwrap());
        move |says, is_answered| {
            if policy == Policy::Off {
                return (Mode::Off, Source::Manifest, false);
            }
            let first = |order: &[Source], wanted| {
                let holders = order.iter().filter(|source| **source != Source::Manifest);
                holders.copied().find(|source| says[place(source)] == wanted)
            };
            if let Some(source) = first(&order, Says::No) {
                let deletes = deletes.contains(&source) && (source != Source::Family || !is_answered);
                return (Mode::Off, source, deletes);
            }
            if let Some(source) = first(&SOURCES, Says::Local) {
                return (Mode::Local, source, false);
            }
            if let Some(source) = first(&yes_order, Says::Yes) {
                return (Mode::On, source, false);
            }
            match first(&SOURCES, Says::Notice) {
                Some(_) => (Mode::On, Source::Manifest, false),
                None => (mode, because, false),
            }
        }
    }
}
