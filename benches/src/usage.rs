//! What a process has used, as the system says.

use std::fs;
use std::time::Duration;

use crate::Outcome;

/// What the system counts CPU time in, when it tells it of a whole process.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of a process so far, with that of threads that have ended; in hundredths of a second.
///
/// # Errors
/// Where there is no such process.
pub fn cpu(process: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program is in parentheses, and may hold anything.
    let (_, behind) = stat.rsplit_once(')').ok_or("no name in stat")?;
    let ticks: Vec<u32> =
        behind.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(TICK * ticks.iter().sum())
}

/// Bytes resident at most so far, and now.
///
/// # Errors
/// Where there is no such process.
pub fn resident(process: u32) -> Outcome<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let bytes = |key: &str| -> Outcome<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    };
    Ok((bytes("VmHWM:")?, bytes("VmRSS:")?))
}

/// Bytes as MiB.
#[must_use]
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
