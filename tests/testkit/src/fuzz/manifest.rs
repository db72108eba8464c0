//! Any text given to the parser: it ends with problems that say something, or with a manifest that every other form
//! can be made of and that reads the same again.

use aboveboard_manifest::Language;

/// Runs one input; true if it was a manifest.
pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match aboveboard_manifest::parse(text, "fuzzed.toml") {
        Err(problems) => {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|problem| !problem.to_string().is_empty()));
            false
        }
        Ok(manifest) => {
            let _ = (manifest.lints(), manifest.rust(), manifest.disclosure_html());
            for (language, _) in Language::ALL {
                let _ = manifest.types(language);
            }
            let again = aboveboard_manifest::parse(manifest.text(), "again.toml");
            assert!(again.is_ok_and(|again| {
                again.declaration() == manifest.declaration() && manifest.diff(&again).changes.is_empty()
            }));
            true
        }
    }
}
