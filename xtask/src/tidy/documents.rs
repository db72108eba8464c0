//! Documents: their links, what they quote, the tests that they name as proofs, and the way to each from the index.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Finding;
use super::paths::straight;
use crate::run::root;

/// Where a reader begins.
const INDEX: &str = "docs/index.md";

/// Links lead somewhere, quoted blocks stand in their source, and named proofs exist.
pub(super) fn check(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    links(file, text, findings);
    quotes(file, text, findings);
    proofs(file, text, findings);
}

/// The relative links of a document, as paths from the root.
fn targets<'a>(file: &'a Path, text: &'a str) -> impl Iterator<Item = (&'a str, PathBuf)> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter_map(move |target| {
        let path = target.split('#').next().unwrap_or_default();
        let outside = target.contains("://") || target.starts_with("mailto:") || path.is_empty();
        (!outside).then(|| (target, straight(&folder.join(path))))
    })
}

fn links(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    for (target, path) in targets(file, text) {
        if !root().join(path).exists() {
            findings.push(Finding::new(file, 0, format!("the link to {target} leads nowhere")));
        }
    }
}

/// Every document under docs/ is reached from the index, over as many links as it takes.
pub(super) fn reached(documents: &[(PathBuf, String)], findings: &mut Vec<Finding>) {
    let mut reached = BTreeSet::new();
    let mut next = vec![PathBuf::from(INDEX)];
    while let Some(file) = next.pop() {
        let Some((file, text)) = documents.iter().find(|(document, _)| *document == file) else { continue };
        if reached.insert(file) {
            next.extend(targets(file, text).map(|(_, path)| path));
        }
    }
    let unreached = documents.iter().filter(|(file, _)| file.starts_with("docs") && !reached.contains(file));
    findings
        .extend(unreached.map(|(file, _)| Finding::new(file, 0, format!("no link from {INDEX} leads here"))));
}

/// A fenced block after `<!-- quoted: PATH -->` stands in that file line by line, apart from its indentation.
fn quotes(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    for quoted in text.split("<!-- quoted: ").skip(1) {
        let Some((path, rest)) = quoted.split_once(" -->") else { continue };
        let block = rest.split("```").nth(1).unwrap_or_default();
        let block: Vec<&str> = block.lines().skip(1).map(str::trim).filter(|line| !line.is_empty()).collect();
        let source = fs::read_to_string(root().join(path)).unwrap_or_default();
        let source: Vec<&str> = source.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if block.is_empty() || !source.windows(block.len()).any(|window| window == block) {
            findings.push(Finding::new(
                file,
                0,
                format!("the block quoted from {path} does not stand there"),
            ));
        }
    }
}

/// What a document names as a proof exists: a file of tests in backquotes, with or without `::` and a test's name.
fn proofs(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    for proof in text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2)) {
        let (path, test) = proof.split_once("::").unwrap_or((proof, ""));
        // A whole path from the root; what is shorter only reminds of a file in the folder that is spoken of.
        let from_the_root = ["crates/", "tests/", "packages/", "benches/", "examples/", "xtask/"];
        let named = from_the_root.iter().any(|top| path.starts_with(top));
        if !named
            || !(path.ends_with(".rs") || path.ends_with(".test.js"))
            || path.contains(['{', '<', '*', ' '])
        {
            continue;
        }
        let body = fs::read_to_string(root().join(path));
        let called = |body: &str| {
            let ends =
                |name: &str| body.contains(&format!("fn {name}(")) || body.contains(&format!("fn {name}<"));
            test.is_empty() || ends(test) || body.contains(&format!("(\"{test}\""))
        };
        if !body.is_ok_and(|body| called(&body)) {
            findings.push(Finding::new(file, 0, format!("the proof {proof} does not exist")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> (PathBuf, String) {
        (path.into(), text.to_owned())
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let mut findings = Vec::new();
        links(
            Path::new("docs/index.md"),
            "[a](../README.md#top) [b](https://x.test) [c](missing.md)",
            &mut findings,
        );
        assert_eq!(
            findings,
            [Finding::new(Path::new("docs/index.md"), 0, "the link to missing.md leads nowhere")]
        );
    }

    #[test]
    fn a_document_that_no_link_reaches_is_found() {
        let mut findings = Vec::new();
        let documents = [
            document("docs/index.md", "[a](trust/a.md)"),
            document("docs/trust/a.md", "[b](../b.md#part)"),
            document("docs/b.md", ""),
            document("docs/lost.md", "[index](index.md)"),
            document("README.md", ""),
        ];
        reached(&documents, &mut findings);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].to_string().starts_with("docs/lost.md: "), "{}", findings[0]);
    }

    #[test]
    fn a_proof_that_does_not_exist_is_found() {
        let mut findings = Vec::new();
        let here = "xtask/src/tidy/documents.rs";
        let good = format!("`{here}::a_proof_that_does_not_exist_is_found`");
        proofs(Path::new("a.md"), &good, &mut findings);
        assert!(findings.is_empty(), "{findings:?}");
        proofs(Path::new("a.md"), &format!("`{here}::nobody_wrote_this`"), &mut findings);
        assert_eq!(findings.len(), 1);
    }
}
