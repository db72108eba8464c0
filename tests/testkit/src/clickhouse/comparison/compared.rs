//! What was compared.

use std::collections::BTreeMap;

use super::exceptions::EXCEPTIONS;
use super::judge::Verdict;
use super::statement::Statement;

/// What was compared.
#[derive(Debug, Default)]
pub struct Compared {
    equal: u64,
    excepted: [u64; EXCEPTIONS.len()],
    kinds: BTreeMap<String, u64>,
    difference: Option<String>,
}

impl Compared {
    pub(super) fn add(&mut self, statement: &Statement, verdict: Verdict) {
        *self.kinds.entry(statement.kind()).or_default() += 1;
        match verdict {
            Verdict::Equal => self.equal += 1,
            Verdict::Excepted(number) => self.excepted[number] += 1,
            Verdict::Different(what) => {
                self.difference.get_or_insert(what);
            }
        }
    }

    /// The first answers that differ, and the statement that they answer. Nothing is compared after it.
    #[must_use]
    pub fn difference(&self) -> Option<&str> {
        self.difference.as_deref()
    }

    /// Every kind of statement that was asked, and how often: without numbers and texts, and without how many there were of them.
    #[must_use]
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds
    }

    /// What answers may differ in and none did. It is no exception any more.
    #[must_use]
    pub fn unused(&self) -> Vec<&'static str> {
        let used = EXCEPTIONS.iter().zip(&self.excepted);
        used.filter(|(_, times)| **times == 0).map(|(exception, _)| exception.what).collect()
    }

    /// How many answers were the same, and how many by which exception, in one line of JSON.
    #[must_use]
    pub fn told(&self) -> String {
        let excepted: Vec<String> = EXCEPTIONS
            .iter()
            .zip(&self.excepted)
            .map(|(exception, times)| format!("\"{}\":{times}", exception.what))
            .collect();
        format!(
            "{{\"run\":\"modern\",\"statements\":{},\"kinds\":{},\"equal byte for byte\":{},{}}}",
            self.kinds.values().sum::<u64>(),
            self.kinds.len(),
            self.equal,
            excepted.join(",")
        )
    }
}
