//! What no compiler checks: links between documents, tests that they name as proofs, where the environment is
//! read, and that no file grows two reasons to change.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::run::{output, program, root};

/// Longest source file in lines; beyond it there are probably two reasons to change in one file.
const MAX_LINES: usize = 600;

pub(crate) fn check() -> Result<()> {
    let files = tracked()?;
    let mut wrong = Vec::new();
    for file in &files {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("md") => {
                links(file, &text, &mut wrong);
                quotes(file, &text, &mut wrong);
                proofs(file, &text, &mut wrong);
            }
            Some("rs") => source(file, &text, &mut wrong),
            Some("ts") => length(file, &text, &mut wrong),
            _ => {}
        }
    }
    if wrong.is_empty() {
        println!("tidy: {} files", files.len());
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

/// The files that git tracks or would track.
fn tracked() -> Result<Vec<PathBuf>> {
    let listing = output(program("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]))?;
    Ok(listing.lines().map(PathBuf::from).filter(|file| root().join(file).is_file()).collect())
}

/// Relative links of a document must lead somewhere.
fn links(file: &Path, text: &str, wrong: &mut Vec<String>) {
    let folder = file.parent().unwrap_or(Path::new(""));
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = target.split('#').next().unwrap_or_default();
        let outside = target.contains("://") || target.starts_with("mailto:") || path.is_empty();
        if !outside && !root().join(folder).join(path).exists() {
            wrong.push(format!("{}: the link to {target} leads nowhere", file.display()));
        }
    }
}

/// A fenced block after `<!-- quoted: PATH -->` stands in that file line by line, apart from its indentation.
fn quotes(file: &Path, text: &str, wrong: &mut Vec<String>) {
    for quoted in text.split("<!-- quoted: ").skip(1) {
        let Some((path, rest)) = quoted.split_once(" -->") else { continue };
        let block = rest.split("```").nth(1).unwrap_or_default();
        let block: Vec<&str> = block.lines().skip(1).map(str::trim).filter(|line| !line.is_empty()).collect();
        let source = fs::read_to_string(root().join(path)).unwrap_or_default();
        let source: Vec<&str> = source.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if block.is_empty() || !source.windows(block.len()).any(|window| window == block) {
            wrong.push(format!("{}: the block quoted from {path} does not stand there", file.display()));
        }
    }
}

/// What opens no socket, starts no thread and reads no variable but in one file.
const CORE: [&str; 5] = [
    "crates/types/src/",
    "crates/files/src/",
    "crates/wire/src/",
    "crates/core/src/",
    "crates/delivery/src/",
];

fn source(file: &Path, text: &str, wrong: &mut Vec<String>) {
    length(file, text, wrong);
    let name = file.to_string_lossy();
    let core = CORE.iter().any(|part| name.starts_with(part)) && !name.contains("test");
    let reads = ["env::var", "env::vars"].iter().any(|call| text.contains(call));
    if core && reads && name != "crates/core/src/environment.rs" {
        wrong.push(format!("{name}: only environment.rs of core reads the environment"));
    }
    let socket = ["std::net::Tcp", "std::net::Udp", "net::UnixStream", "thread::spawn", "thread::Builder"];
    if core {
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        if let Some(call) = socket.iter().find(|call| production.contains(**call)) {
            wrong.push(format!(
                "{name}: these crates open no socket and start no thread, but here stands {call}"
            ));
        }
    }
}

fn length(file: &Path, text: &str, wrong: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        wrong.push(format!("{}: {lines} lines, at most {MAX_LINES}", file.display()));
    }
}

/// What a document names as a proof exists: a file of tests in backquotes, with or without `::` and a test's name.
fn proofs(file: &Path, text: &str, wrong: &mut Vec<String>) {
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
            wrong.push(format!("{}: the proof {proof} does not exist", file.display()));
        }
    }
}
