//! The signals that this process was started with as ignored: `nohup` and the like ask for that.

/// Whether a signal is ignored, by its number. Only Linux says so; elsewhere it is taken as not ignored.
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bit = u32::try_from(signal - 1).ok().and_then(|shift| 1_u64.checked_shl(shift));
    bit.is_some_and(|bit| ignored(&status).is_some_and(|signals| signals & bit != 0))
}

/// The set in a `/proc/<process>/status`: bit 0 is signal 1.
fn ignored(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignored_signals_are_those_of_the_status_file() {
        assert_eq!(ignored("Name:\tdemo\nSigIgn:\t0000000000001001\nSigCgt:\t0"), Some(0x1001));
        assert_eq!(ignored("Name:\tdemo\n"), None);
    }
}
