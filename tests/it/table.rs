//! The shared truth table of consent, `tests/vectors/consent.json`, and a way to put what it says before a program.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The table.
pub(crate) struct Table(Value);

/// What one source holds.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) source: String,
    pub(crate) word: String,
    pub(crate) text: String,
}

/// What follows from the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) mode: String,
    pub(crate) because: String,
    pub(crate) deletes: bool,
}

impl Verdict {
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
    pub(crate) fn alone(&self, policy: &str) -> Vec<Said> {
        let mut all = Vec::new();
        for source in self.sources() {
            let kind = self.0["kinds"][source].as_str().expect("a kind");
            for word in self.0["says"][policy][source].as_object().expect("words").keys() {
                for text in self.0["texts"][kind][word].as_array().expect("texts") {
                    let text = text.as_str().expect("a text").to_owned();
                    all.push(Said { source: source.to_owned(), word: word.clone(), text });
                }
            }
        }
        all
    }

    /// Every source with the first text of every word.
    pub(crate) fn words_alone(&self, policy: &str) -> Vec<Said> {
        let mut all = self.alone(policy);
        all.dedup_by(|later, first| later.source == first.source && later.word == first.word);
        all
    }

    /// Every two sources with the first texts of every two words.
    pub(crate) fn pairs(&self, policy: &str) -> Vec<[Said; 2]> {
        let all = self.words_alone(policy);
        let mut pairs = Vec::new();
        for (at, first) in all.iter().enumerate() {
            let others = all[at + 1..].iter().filter(|second| second.source != first.source);
            pairs.extend(others.map(|second| [first.clone(), second.clone()]));
        }
        pairs
    }

    /// The five rules that stand in the table's own words.
    pub(crate) fn verdict(&self, policy: &str, said: &[Said]) -> Verdict {
        let says = |source: &str| {
            let held = said.iter().find(|held| held.source == source);
            held.map_or("-", |held| self.0["says"][policy][source][&held.word].as_str().expect("a word"))
        };
        let verdict = |mode: &str, because: &str, deletes| Verdict {
            mode: mode.to_owned(),
            because: because.to_owned(),
            deletes,
        };
        if let Some(no) = self.words("order").into_iter().find(|source| says(source) == "no") {
            return verdict("off", no, self.words("deletes").contains(&no));
        }
        if says("answer") == "local" {
            return verdict("local", "answer", false);
        }
        if let Some(yes) = self.words("yes-order").into_iter().find(|source| says(source) == "yes") {
            return verdict("on", yes, false);
        }
        if says("answer") == "notice" {
            return verdict("on", "manifest", false);
        }
        let unsaid = &self.0["unsaid"][policy];
        verdict(unsaid[0].as_str().expect("a mode"), unsaid[1].as_str().expect("a source"), false)
    }

    /// Whether a page may speak while what serves it is in this mode.
    pub(crate) fn may_speak(&self, mode: &str) -> bool {
        self.0["serving"][mode].as_bool().expect("a flag")
    }
}

/// Where a program looks for what files say.
pub(crate) struct Places<'p> {
    /// Its config file.
    pub(crate) config: &'p Path,
    /// Its stored answer.
    pub(crate) answer: &'p Path,
    /// The directory of drop-ins.
    pub(crate) off_d: &'p Path,
    /// The endpoint, as an answer names it.
    pub(crate) endpoint: &'p str,
}

/// Puts what is said where the program will find it. A flag goes to the end of the command line.
pub(crate) fn put(command: &mut Command, said: &[Said], places: &Places<'_>) {
    command.env("ABOVEBOARD_OFF_D", places.off_d);
    for Said { source, text, .. } in said {
        let write = |path: &Path, text: &str| {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
            std::fs::write(path, text).expect("a file");
        };
        match source.as_str() {
            "config" => write(places.config, &serde_json::json!({ "enable_telemetry": text }).to_string()),
            "flag" => drop(command.arg(format!("--enable-telemetry={text}"))),
            "do-not-track" => drop(command.env("DO_NOT_TRACK", text)),
            "generic-variable" => drop(command.env("ENABLE_TELEMETRY", text)),
            "variable" => drop(command.env("QUARRY_ENABLE_TELEMETRY", text)),
            "policy" => write(&places.off_d.join("quarry"), text),
            "answer" => write(places.answer, &text.replace("{endpoint}", places.endpoint)),
            other => panic!("nobody knows how to put {other:?} before a program"),
        }
    }
}
