//! Which files the repository is made of. What matches none of these patterns was left behind by somebody.

use std::path::{Path, PathBuf};

use super::Finding;

/// `*` stands for a part of one name, `**` for any number of folders.
const FILES: &[&str] = &[
    ".cargo/config.toml",
    ".ci/run",
    ".github/workflows/*.yml",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "LICENSE-*",
    "Cargo.lock",
    "Cargo.toml",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    "config/*.service",
    "config/*.timer",
    "config/*.json",
    "config/*.conf",
    "config/*.yml",
    "config/cluster/*.cfg",
    "config/cluster/*.conf",
    "config/cluster/*.service",
    "config/cluster/*.toml",
    "config/cluster/*.xml",
    "config/cluster/*.yml",
    "config/profiles/*.md",
    "config/profiles/*.toml",
    "crates/*/Cargo.toml",
    "crates/*/LICENSE-*",
    // The longer parts of the page that the facade has in the documentation.
    "crates/aboveboard/docs/*.md",
    "crates/*/README.md",
    "crates/*/src/**/*.rs",
    "crates/*/tests/**/*.rs",
    "crates/*/examples/**/*.rs",
    "crates/*/examples/*.toml",
    "crates/macros/tests/compile_fail/*.stderr",
    "crates/macros/tests/compile_fail/*.toml",
    "crates/*/tests/data/*.json",
    "crates/*/tests/data/*.toml",
    // Reads feeds as strictly as RFC 4287 has it.
    "crates/collector/tests/data/atom.py",
    "crates/*/tests/fixtures/*.toml",
    "crates/collector/collector.toml",
    "crates/collector/src/openapi.json",
    "crates/collector/assets/*.css",
    "crates/collector/assets/*.js",
    "crates/collector/assets/*.svg",
    "crates/collector/templates/**/*.html",
    "crates/collector/templates/*.xml",
    "crates/collector/templates/published/*.svg",
    "crates/collector/templates/published/*.xml",
    "crates/*/src/**/corpus/*.ledger",
    "crates/*/src/**/corpus/*.sql",
    "crates/console-bridge/src/client.js",
    "crates/operator/src/demo/*.js",
    "crates/operator/src/demo/*.json",
    "docs/*.md",
    "docs/*/*.md",
    "docs/pictures/*.png",
    "examples/*/Cargo.toml",
    "examples/*/LICENSE-*",
    "examples/*/README.md",
    "examples/*/src/**/*.rs",
    "examples/*/tests/*.rs",
    "examples/products/**/*.go",
    "examples/products/*/go.mod",
    "examples/products/*/*/page/*.html",
    "examples/products/*/*/page/*.js",
    "examples/products/openvino/*.py",
    "examples/products/openvino/requirements.txt",
    "examples/products/podman-desktop/tsconfig.json",
    "examples/products/podman-desktop/src/**/*.ts",
    "examples/quarry/telemetry.toml",
    "examples/quarry/src/catalog/*.sql",
    "examples/quarry/console/**/*.css",
    "examples/quarry/console/**/*.html",
    "examples/quarry/console/**/*.js",
    "benches/Cargo.toml",
    "benches/README.md",
    "benches/src/**/*.rs",
    "benches/clients/node/.npmrc",
    "benches/clients/node/*.js",
    "benches/clients/node/*.json",
    "benches/clients/python/*.py",
    "benches/clients/python/requirements.txt",
    "benches/peers/Cargo.lock",
    "benches/peers/Cargo.toml",
    "benches/peers/README.md",
    "benches/peers/src/**/*.rs",
    "packages/*/.gitignore",
    "packages/*/.npmrc",
    "packages/*/README.md",
    "packages/*/*.js",
    "packages/*/*.json",
    "packages/*/src/*.ts",
    "packages/*/test/*.js",
    "packages/*/test/*.ts",
    "packages/go/*.go",
    "packages/go/go.mod",
    "packages/go/testdata/*/*.go",
    "packages/node/index.d.ts",
    "packages/node/test/types/*.ts",
    "packages/python/pyproject.toml",
    "packages/python/requirements.txt",
    "packages/python/src/aboveboard/*.py",
    "packages/python/src/aboveboard/py.typed",
    "packages/python/tests/*.py",
    "packages/python/tests/types/*.py",
    "tests/Cargo.toml",
    "tests/guides/*.py",
    "tests/harness/*.rs",
    "tests/hosts/Cargo.toml",
    "tests/hosts/README.md",
    "tests/hosts/**/*.rs",
    "tests/hosts/**/telemetry.toml",
    "tests/hosts/*/*/Cargo.toml",
    "tests/hosts/servers/Cargo.toml",
    "tests/hosts/library/host.c",
    "tests/hosts/library/host.py",
    "tests/hosts/differences/*.diff",
    "tests/it/**/*.rs",
    "tests/modern/*.py",
    "tests/modern/requirements.txt",
    "tests/oracle/*.py",
    "tests/oracle/clock.c",
    "tests/store-contract/Cargo.toml",
    "tests/store-contract/src/*.rs",
    "tests/testkit/Cargo.toml",
    "tests/testkit/examples/*.rs",
    "tests/testkit/src/**/*.rs",
    "tests/vectors/*.json",
    "tests/vectors/README.md",
    "tests/vectors/*.toml",
    "tests/vectors/relay/*.json",
    "tests/vectors/relay/README.md",
    "tests/browser/.gitignore",
    "tests/browser/.npmrc",
    "tests/browser/*.js",
    "tests/browser/*.json",
    "tests/browser/harness/*.js",
    "tests/browser/app/*.html",
    "tests/browser/app/*.js",
    "tests/browser/app/src/*.js",
    "tests/browser/app/src/*.jsx",
    "tests/browser/app/src/*.ts",
    "tests/fuzz/.gitattributes",
    "tests/fuzz/.gitignore",
    "tests/fuzz/Cargo.lock",
    "tests/fuzz/Cargo.toml",
    "tests/fuzz/fuzz_targets/*.rs",
    "tests/fuzz/corpus/*/*",
    "xtask/platforms/*.c",
    "xtask/platforms/*.sh",
    "xtask/Cargo.toml",
    "xtask/src/**/*.rs",
];

pub(super) fn check(files: &[PathBuf], findings: &mut Vec<Finding>) {
    declared(FILES, files, findings);
}

fn declared(patterns: &[&str], files: &[PathBuf], findings: &mut Vec<Finding>) {
    let matches = |pattern: &str, file: &Path| {
        let parts: Vec<&str> = file.iter().filter_map(|part| part.to_str()).collect();
        fits(&pattern.split('/').collect::<Vec<_>>(), &parts)
    };
    for file in files {
        if !patterns.iter().any(|pattern| matches(pattern, file)) {
            findings.push(Finding::new(
                file,
                0,
                "nobody declared such a file in xtask/src/tidy/inventory.rs",
            ));
        }
    }
    for pattern in patterns {
        if !files.iter().any(|file| matches(pattern, file)) {
            findings.push(Finding::new(
                Path::new(pattern),
                0,
                "a pattern of the inventory that no file matches",
            ));
        }
    }
}

fn fits(pattern: &[&str], parts: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => fits(rest, parts) || !parts.is_empty() && fits(pattern, &parts[1..]),
        (Some((name, rest)), Some((part, parts))) => fits_name(name, part) && fits(rest, parts),
        _ => false,
    }
}

fn fits_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.strip_prefix(head).is_some_and(|rest| rest.len() >= tail.len() && rest.ends_with(tail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &[&str], files: &[&str]) -> Vec<String> {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let mut findings = Vec::new();
        declared(patterns, &files, &mut findings);
        findings.iter().map(|finding| finding.to_string().split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_file_that_nobody_declared_is_found() {
        let patterns = ["README.md", "crates/*/Cargo.toml", "crates/*/src/**/*.rs"];
        let good = ["README.md", "crates/a/Cargo.toml", "crates/a/src/lib.rs", "crates/a/src/b/mod.rs"];
        assert!(found(&patterns, &good).is_empty());
        let stray = [
            "crates/a/lock",
            "crates/a/store.sqlite.new",
            "run.log",
            "crates/a/src/lib.rs.orig",
            "docs/README.md",
        ];
        assert_eq!(found(&patterns, &[&good[..], &stray[..]].concat()), stray);
    }

    #[test]
    fn a_pattern_without_a_file_is_found() {
        assert_eq!(found(&["*.md", "*.txt"], &["README.md"]), ["*.txt"]);
    }
}
