//! Runs the test of each mutation: without it, where it must pass, and with it, where it must fail.

use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};

use super::list::{MUTATIONS, Mutation, Test};
use super::tree::Tree;
use crate::run::cargo;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
}

/// Tries all mutations, or those whose names hold one of these words. It goes on after one that is not noticed.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let is_asked = |mutation: &&Mutation| {
        words.is_empty() || words.iter().any(|word| mutation.name.contains(word.as_str()))
    };
    let asked: Vec<&Mutation> = MUTATIONS.iter().filter(is_asked).collect();
    ensure!(!asked.is_empty(), "no mutation has one of these words in its name");
    let tree = Tree::copy()?;
    let mut proven: Vec<Test> = Vec::new();
    let mut failed = Vec::new();
    for mutation in asked {
        let result = try_one(&tree, mutation, &mut proven);
        tree.undo(mutation)?;
        let noticed = result.is_ok();
        let name = mutation.name;
        let test = mutation.test.name;
        println!("{{\"run\":\"mutation\",\"name\":\"{name}\",\"test\":\"{test}\",\"noticed\":{noticed}}}");
        if let Err(error) = result {
            failed.push(format!("{name}: {error:#}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

fn try_one(tree: &Tree, mutation: &Mutation, proven: &mut Vec<Test>) -> Result<()> {
    let test = mutation.test;
    if !proven.contains(&test) {
        let ending = ending(tree, test)?;
        ensure!(ending == Ending::Passed, "{} fails without the mutation", test.name);
        proven.push(test);
    }
    tree.change(mutation)?;
    let ending = ending(tree, test)?;
    ensure!(ending == Ending::Failed, "{} does not notice it", test.name);
    Ok(())
}

/// Builds the tests, which must succeed, and runs them.
fn ending(tree: &Tree, test: Test) -> Result<Ending> {
    let command = |more: &[&str]| {
        let mut command = cargo();
        command.args(["test", "--quiet", "--package", test.package, test.target]);
        command.args(more).current_dir(tree.path()).env_remove("CARGO_TARGET_DIR");
        command
    };
    let built = run_quietly(&mut command(&["--no-run"]))?;
    let errors = String::from_utf8_lossy(&built.stderr);
    ensure!(built.status.success(), "it does not build: {errors}");
    let ran = run_quietly(&mut command(&["--", test.name]))?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let counted = said.lines().find_map(|line| line.strip_prefix("running ")?.split(' ').next());
    ensure!(counted.is_some_and(|tests| tests != "0"), "there is no test {}", test.name);
    Ok(if ran.status.success() { Ending::Passed } else { Ending::Failed })
}

fn run_quietly(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot start {:?}", command.get_program()))
}
