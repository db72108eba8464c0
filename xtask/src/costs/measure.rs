//! The processor time of what this process has waited for.

use std::fs;

use anyhow::{Context as _, Result};

/// What a build came to.
#[derive(Clone, Copy)]
pub(crate) struct Build {
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
}

/// Ticks in a second, of the times that Linux shows to programs.
const TICKS: f64 = 100.0;

/// The seconds of all ended children and of what they waited for.
pub(crate) fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("CPU seconds are measured on Linux alone")?;
    // The second field, the name, is in parentheses and may hold blanks.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let mut times = fields.split_whitespace().skip(13).take(2).map(str::parse::<f64>);
    let mut next = || times.next().context("/proc/self/stat")?.context("/proc/self/stat");
    Ok((next()? + next()?) / TICKS)
}
