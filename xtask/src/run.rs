//! Running programs from the root of the repository, with a line that says which and how long it took.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// A program started in the root of the repository.
pub(crate) fn program(name: &str) -> Command {
    let mut program = Command::new(name);
    program.current_dir(root());
    program
}

/// Runs a step to its end; its output is the step's own.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<()> {
    println!("==> {title}");
    let start = Instant::now();
    let status =
        command.status().with_context(|| format!("{title}: cannot start {:?}", command.get_program()))?;
    println!("    {title}: {:.0} s", start.elapsed().as_secs_f64());
    ensure!(status.success(), "{title} failed ({status})");
    Ok(())
}

/// What a program prints on its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{:?} failed: {}",
        command.get_program(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("output is not UTF-8")
}

/// The folder with the binaries that the tests have built.
pub(crate) fn binaries() -> Result<PathBuf> {
    Ok(target()?.join("debug"))
}

/// The folder that everything is built in.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let target = metadata["target_directory"].as_str().context("cargo metadata without target_directory")?;
    Ok(PathBuf::from(target))
}
