//! The truth table of consent that all languages share, `tests/vectors/consent.json`, and how its values are given to a
//! program.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The table.
pub(crate) struct Table(Value);

/// A text that one source holds, and the word of the table that it stands for.
#[derive(Clone, Debug)]
pub(crate) struct SourceValue {
    pub(crate) source: String,
    pub(crate) word: String,
    pub(crate) text: String,
}

/// The decision that the table expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) mode: String,
    pub(crate) because: String,
    pub(crate) deletes: bool,
}

impl Expected {
    pub(crate) fn records(&self) -> bool {
        self.mode == "on" || self.mode == "local"
    }
}

impl Table {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/consent.json");
        let text = std::fs::read_to_string(path).expect("the truth table");
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    fn words(&self, list: &str) -> Vec<&str> {
        self.0[list].as_array().expect("a list").iter().map(|word| word.as_str().expect("a word")).collect()
    }

    /// The sources that a user of quarry has: what the manifest says is fixed, and it names no family.
    fn sources(&self) -> Vec<&str> {
        let fixed = ["manifest", "family"];
        self.words("order").into_iter().filter(|source| !fixed.contains(source)).collect()
    }

    /// Every source with every text of every word.
    pub(crate) fn alone(&self, policy: &str) -> Vec<SourceValue> {
        let mut all = Vec::new();
        for source in self.sources() {
            let kind = self.0["kinds"][source].as_str().expect("a kind");
            for word in self.0["says"][policy][source].as_object().expect("words").keys() {
                for text in self.0["texts"][kind][word].as_array().expect("texts") {
                    let text = text.as_str().expect("a text").to_owned();
                    all.push(SourceValue { source: source.to_owned(), word: word.clone(), text });
                }
            }
        }
        all
    }

    /// Every source with the first text of every word.
    pub(crate) fn words_alone(&self, policy: &str) -> Vec<SourceValue> {
        let mut all = self.alone(policy);
        all.dedup_by(|later, first| later.source == first.source && later.word == first.word);
        all
    }

    /// Every two sources with the first texts of every two words.
    pub(crate) fn pairs(&self, policy: &str) -> Vec<[SourceValue; 2]> {
        let all = self.words_alone(policy);
        let mut pairs = Vec::new();
        for (at, first) in all.iter().enumerate() {
            let others = all[at + 1..].iter().filter(|second| second.source != first.source);
            pairs.extend(others.map(|second| [first.clone(), second.clone()]));
        }
        pairs
    }

    /// The decision by the five rules that the table states.
    pub(crate) fn expected(&self, policy: &str, values: &[SourceValue]) -> Expected {
        let says = |source: &str| {
            let value = values.iter().find(|value| value.source == source);
            value.map_or("-", |value| self.0["says"][policy][source][&value.word].as_str().expect("a word"))
        };
        let decision = |mode: &str, because: &str, deletes| Expected {
            mode: mode.to_owned(),
            because: because.to_owned(),
            deletes,
        };
        if let Some(no) = self.words("order").into_iter().find(|source| says(source) == "no") {
            let word = values.iter().find(|value| value.source == no).map(|value| &*value.word);
            let deletes = self.0["deletes"][no].as_array();
            let deletes = deletes.is_some_and(|words| words.iter().any(|known| known.as_str() == word));
            return decision("off", no, deletes);
        }
        if says("answer") == "local" {
            return decision("local", "answer", false);
        }
        if let Some(yes) = self.words("yes-order").into_iter().find(|source| says(source) == "yes") {
            return decision("on", yes, false);
        }
        if says("answer") == "notice" {
            return decision("on", "manifest", false);
        }
        let unsaid = &self.0["unsaid"][policy];
        decision(unsaid[0].as_str().expect("a mode"), unsaid[1].as_str().expect("a source"), false)
    }

    /// Whether a page may report while the serving program is in this mode.
    pub(crate) fn may_report(&self, mode: &str) -> bool {
        self.0["serving"][mode].as_bool().expect("a flag")
    }
}

/// The files and directories in which a program looks for consent sources.
pub(crate) struct SourcePaths<'p> {
    /// Its config file.
    pub(crate) config: &'p Path,
    /// Its stored answer.
    pub(crate) answer: &'p Path,
    /// The directory of policy files.
    pub(crate) off_d: &'p Path,
    /// The endpoint, as an answer names it.
    pub(crate) endpoint: &'p str,
}

/// Puts each value where the program looks for it. A flag goes to the end of the command line.
pub(crate) fn give(command: &mut Command, values: &[SourceValue], paths: &SourcePaths<'_>) {
    command.env("ABOVEBOARD_OFF_D", paths.off_d);
    for SourceValue { source, text, .. } in values {
        let write = |path: &Path, text: &str| {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
            std::fs::write(path, text).expect("a file");
        };
        match source.as_str() {
            "config" => write(paths.config, &serde_json::json!({ "enable_telemetry": text }).to_string()),
            "flag" => drop(command.arg(format!("--enable-telemetry={text}"))),
            "do-not-track" => drop(command.env("DO_NOT_TRACK", text)),
            "generic-variable" => drop(command.env("ENABLE_TELEMETRY", text)),
            "variable" => drop(command.env("QUARRY_ENABLE_TELEMETRY", text)),
            "policy" => write(&paths.off_d.join("quarry"), text),
            "answer" => write(paths.answer, &text.replace("{endpoint}", paths.endpoint)),
            other => panic!("no test knows how to give {other:?} to a program"),
        }
    }
}
