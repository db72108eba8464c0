//! The size of the agent for any language, which other programs carry with them: built as for a release, with and without
//! its uploader, and held to a limit.

use anyhow::{Result, ensure};

use crate::run::{cargo, step, target};

/// Bytes with the uploader, of which TLS and its roots are half.
const MAX_BYTES: u64 = 4_000_000;

/// Bytes without it.
const MAX_BYTES_WITHOUT_UPLOADER: u64 = 2_000_000;

/// Builds both and prints their sizes.
pub(crate) fn check() -> Result<()> {
    measure("size with uploader", &[], MAX_BYTES)?;
    measure("size without uploader", &["--no-default-features"], MAX_BYTES_WITHOUT_UPLOADER)
}

fn measure(title: &str, features: &[&str], most: u64) -> Result<()> {
    let mut build = cargo();
    step(
        title,
        build.args(["build", "--quiet", "--profile=agent", "--package=aboveboard-agent"]).args(features),
    )?;
    let size = std::fs::metadata(target()?.join("agent/aboveboard-agent"))?.len();
    println!("    {title}: {size} of {most} bytes");
    ensure!(size <= most, "aboveboard-agent has grown to {size} bytes; {most} are allowed");
    Ok(())
}
