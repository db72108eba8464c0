//! Names that say too little, or something else than the field means by them. `docs/glossary.md` has the words to use.

use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use super::Finding;

/// Words that no constant's name may hold: a limit is `MAX_` or `MIN_`.
const IN_CONSTANTS: [&str; 4] = ["MOST", "LEAST", "LONGEST", "FEWEST"];

/// Names that nothing may have, spelled as here.
const IDENTIFIERS: [&str; 17] = [
    "Desk",
    "Keeper",
    "Matter",
    "Said",
    "Told",
    "Touched",
    "Trouble",
    "Whose",
    "Wish",
    "aside",
    "keeper",
    "marked",
    "rota",
    "set_aside",
    "timetable",
    "trouble",
    "wish",
];

/// Words that stand in no text: an HTTP route is no door, a schedule no rota.
const WORDS: [&str; 5] = ["door", "doors", "rota", "timetable", "keeper"];

/// This file, which has to hold the words that it looks for.
const HERE: &str = "xtask/src/tidy/names.rs";

/// The names and texts of a Rust file.
pub(super) fn rust(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    if file == Path::new(HERE) {
        return;
    }
    name_of_file(file, findings);
    let Ok(tokens) = text.parse::<TokenStream>() else { return };
    identifiers(file, tokens, findings);
    words(file, text, findings);
}

/// The names and texts of any other file that people write.
pub(super) fn other(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    name_of_file(file, findings);
    words(file, text, findings);
    for (number, line) in text.lines().enumerate() {
        let names = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in names.filter(|name| is_banned_constant(name)) {
            findings.push(Finding::new(file, number + 1, format!("the name {name}: write MAX_ or MIN_")));
        }
    }
}

fn name_of_file(file: &Path, findings: &mut Vec<Finding>) {
    let parts = file.iter().filter_map(|part| part.to_str());
    for part in parts.filter_map(|part| part.split('.').next()).filter(|part| IDENTIFIERS.contains(part)) {
        findings.push(Finding::new(file, 0, format!("the name {part} of a file or folder")));
    }
}

fn identifiers(file: &Path, tokens: TokenStream, findings: &mut Vec<Finding>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let line = ident.span().start().line;
                if is_banned_constant(&name) {
                    findings.push(Finding::new(file, line, format!("the name {name}: write MAX_ or MIN_")));
                } else if IDENTIFIERS.contains(&&*name) {
                    findings.push(Finding::new(file, line, format!("the name {name}")));
                }
            }
            TokenTree::Group(group) => identifiers(file, group.stream(), findings),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn is_banned_constant(name: &str) -> bool {
    let constant = name.contains('_') && !name.contains(|letter: char| letter.is_ascii_lowercase());
    constant && name.split('_').any(|word| IN_CONSTANTS.contains(&word))
}

fn words(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    for (number, line) in text.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        let words = lower.split(|letter: char| !letter.is_ascii_alphabetic());
        for word in words.filter(|word| WORDS.contains(word)) {
            findings.push(Finding::new(file, number + 1, format!("the word {word}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        let mut findings = Vec::new();
        rust(Path::new("src/a.rs"), text, &mut findings);
        findings.len()
    }

    #[test]
    fn every_banned_name_is_found_wherever_it_stands() {
        for name in IDENTIFIERS {
            // Some of them are banned as words too.
            assert!(found(&format!("fn f() {{ let x = [g({name})]; }}")) > 0, "{name}");
        }
        for word in IN_CONSTANTS {
            assert_eq!(found(&format!("const {word}_BYTES: usize = 1;")), 1, "{word}");
            assert_eq!(found(&format!("const READ_{word}: usize = 1;")), 1, "{word}");
        }
    }

    #[test]
    fn every_banned_word_is_found_in_strings_and_comments() {
        for word in WORDS {
            assert!(found(&format!("const A: &str = \"no such {word}\";")) > 0, "{word}");
            assert!(found(&format!("// The {word}.")) > 0, "{word}");
        }
    }

    #[test]
    fn good_names_pass() {
        assert_eq!(
            found("const MAX_BYTES: usize = 1; // at most, at least\nfn almost(marker: Marker) {}"),
            0
        );
        assert_eq!(found("struct Outdoors;"), 0);
    }

    #[test]
    fn a_file_or_folder_with_such_a_name_is_found() {
        let mut findings = Vec::new();
        rust(Path::new("crates/a/src/aside.rs"), "", &mut findings);
        other(Path::new("crates/a/timetable/a.md"), "", &mut findings);
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn constants_in_scripts_are_found() {
        let mut findings = Vec::new();
        other(Path::new("a.js"), "const MOST_TRIES = 3; // LEAST of all", &mut findings);
        assert_eq!(findings.len(), 1);
    }
}
