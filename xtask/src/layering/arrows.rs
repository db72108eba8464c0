//! The arrows that ARCHITECTURE.md draws: which crate, or which folder of a crate, may use which.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};

/// For each name those that it may use.
#[derive(Debug)]
pub(super) struct Arrows {
    title: String,
    drawn: BTreeMap<String, BTreeSet<String>>,
}

impl Arrows {
    /// Reads the fenced block after `<!-- arrows: TITLE -->`. Each of its lines is `NAME`, or `NAME → NAME NAME`.
    pub(super) fn read(document: &str, title: &str) -> Result<Self> {
        let mark = format!("<!-- arrows: {title} -->");
        let (_, rest) = document.split_once(&mark).with_context(|| format!("no block after {mark}"))?;
        let block = rest.split("```").nth(1).with_context(|| format!("no block after {mark}"))?;
        let mut drawn = BTreeMap::new();
        for line in block.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let (name, uses) = line.split_once('→').unwrap_or((line, ""));
            let uses: BTreeSet<String> = uses.split_whitespace().map(str::to_owned).collect();
            let before = drawn.insert(name.trim().to_owned(), uses);
            ensure!(before.is_none(), "{title}: two lines for {}", name.trim());
        }
        let arrows = Self { title: title.to_owned(), drawn };
        arrows.ensure_no_circle()?;
        Ok(arrows)
    }

    fn ensure_no_circle(&self) -> Result<()> {
        let mut left = self.drawn.clone();
        loop {
            let leaves: BTreeSet<String> =
                left.iter().filter(|(_, uses)| uses.is_empty()).map(|(name, _)| name.clone()).collect();
            if leaves.is_empty() {
                break;
            }
            left.retain(|name, _| !leaves.contains(name));
            left.values_mut().for_each(|uses| uses.retain(|used| !leaves.contains(used)));
        }
        let names: Vec<&String> = left.keys().collect();
        ensure!(
            left.is_empty(),
            "{}: the drawn arrows form a circle, or lead to a name without a line: {names:?}",
            self.title
        );
        Ok(())
    }

    /// Holds what uses what against what is drawn. `used` has an entry for everything there is.
    pub(super) fn compare(&self, used: &BTreeMap<String, BTreeMap<String, String>>, wrong: &mut Vec<String>) {
        let title = &self.title;
        for (name, uses) in used {
            let Some(drawn) = self.drawn.get(name) else {
                wrong.push(format!("{title}: ARCHITECTURE.md has no line for {name}"));
                continue;
            };
            for (target, how) in uses.iter().filter(|(target, _)| !drawn.contains(*target)) {
                wrong.push(format!("{title}: {name} → {target} is not drawn in ARCHITECTURE.md: {how}"));
            }
            for target in drawn.iter().filter(|target| !uses.contains_key(*target)) {
                wrong.push(format!(
                    "{title}: {name} → {target} is drawn in ARCHITECTURE.md, and nothing uses it"
                ));
            }
        }
        for name in self.drawn.keys().filter(|name| !used.contains_key(*name)) {
            wrong.push(format!("{title}: ARCHITECTURE.md draws {name}, which does not exist"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "text\n<!-- arrows: crates -->\n```text\ntypes\ncore → types\nagent → core types\n```\n";

    fn used(arrows: &[(&str, &[&str])]) -> BTreeMap<String, BTreeMap<String, String>> {
        let uses = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "why".to_owned())).collect();
        arrows.iter().map(|(name, names)| ((*name).to_owned(), uses(names))).collect()
    }

    fn compared(arrows: &[(&str, &[&str])]) -> Vec<String> {
        let mut wrong = Vec::new();
        Arrows::read(DOCUMENT, "crates").unwrap().compare(&used(arrows), &mut wrong);
        wrong
    }

    #[test]
    fn what_is_drawn_and_used_passes() {
        assert!(compared(&[("types", &[]), ("core", &["types"]), ("agent", &["core", "types"])]).is_empty());
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_refused() {
        let wrong = compared(&[("types", &["core"]), ("core", &["types"]), ("agent", &["core", "types"])]);
        assert_eq!(wrong, ["crates: types → core is not drawn in ARCHITECTURE.md: why"]);
    }

    #[test]
    fn an_arrow_that_nothing_uses_and_a_name_that_does_not_exist_are_refused() {
        let wrong = compared(&[("types", &[]), ("core", &[])]);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }

    #[test]
    fn a_drawn_circle_is_refused() {
        let document = "<!-- arrows: crates -->\n```text\na → b\nb → c\nc → a\nd\n```\n";
        assert!(Arrows::read(document, "crates").unwrap_err().to_string().contains("circle"));
    }
}
