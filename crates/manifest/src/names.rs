//! Names of one scope of generated code, each given once.
//!
//! The grammar keeps the names of one list apart. What is made of two names (`start` and `page-shown`, `start-page` and
//! `shown`) may still meet, or meet a name of the language: the later one then gets an underscore at its end.

use std::collections::HashSet;

pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// A scope in which these are taken.
    pub(crate) fn with(reserved: &[&str]) -> Self {
        Self { taken: reserved.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// The name, or the first one after it that is free.
    pub(crate) fn take(&mut self, mut name: String) -> String {
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_name_is_given_once_and_the_same_way_each_time() {
        let mut names = Names::with(&["class"]);
        let given = ["class", "page", "page", "page", "page_"].map(|name| names.take(name.to_owned()));
        assert_eq!(given, ["class_", "page", "page_", "page__", "page___"]);
    }
}
