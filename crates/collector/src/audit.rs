//! The audit log: who changed or took out what, a line each, without any address.
//!
//! Lines are appended in one write each, so that a verb beside the collector may write too. Three old files are kept beside
//! the newest.

use std::path::Path;

use http::{Method, StatusCode};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::disk::{AUDIT, Folder};
use crate::names::printable;

/// Size in bytes from which a new file is begun: some five thousand lines.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Files that are kept beside the newest.
const OLD_FILES: u32 = 3;

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditLine {
    /// When, in seconds since 1970 UTC.
    pub time: i64,
    /// The name of a token, or a user of the machine.
    pub who: String,
    /// What was done, such as `push` or `erase`.
    pub act: String,
    /// The product, if it was about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What it was about, and how it ended.
    pub detail: String,
}

impl AuditLine {
    /// What a request names is in it: written, and read whoever wrote it, without anything that a terminal obeys.
    fn printable(self) -> Self {
        let Self { time, who, act, product, detail } = self;
        Self {
            time,
            who: printable(&who),
            act: printable(&act),
            product: product.as_deref().map(printable),
            detail: printable(&detail),
        }
    }
}

/// What an operator does, before it is known how it ends. A route puts it into the extensions of its response.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    act: String,
    product: Option<String>,
    detail: String,
}

impl Act {
    pub(crate) fn new(act: &str, product: Option<&str>, detail: &str) -> Self {
        Self { act: act.to_owned(), product: product.map(ToOwned::to_owned), detail: detail.to_owned() }
    }

    /// For a route that says nothing of its own.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        Self::new("request", None, &format!("{method} {path}"))
    }

    /// With the answer that it got.
    pub(crate) fn answered(mut self, status: Option<StatusCode>) -> Self {
        if let Some(status) = status {
            let separator = if self.detail.is_empty() { "" } else { ": " };
            self.detail = format!("{}{separator}{}", self.detail, status.as_u16());
        }
        self
    }
}

/// The audit log of a data directory.
#[derive(Debug)]
pub(crate) struct AuditLog {
    data: Folder,
}

impl AuditLog {
    pub(crate) fn of(data: &Path) -> std::io::Result<Self> {
        Ok(Self { data: Folder::make(data)? })
    }

    /// Writes a line. What was done is done: a line that cannot be written is reported, and nothing else.
    pub(crate) fn write(&self, time: i64, who: &str, act: &Act) {
        let Act { act, product, detail } = act.clone();
        let line = AuditLine { time, who: who.to_owned(), act, product, detail }.printable();
        if let Err(error) = self.append(&line) {
            tracing::error!(%error, path = %self.data.join(AUDIT).display(), act = line.act, "the audit log cannot be written");
        }
    }

    fn append(&self, line: &AuditLine) -> std::io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let mut file = self.data.append_or_create(AUDIT)?;
        let mut size = file.checked_to_write()?.size();
        if size >= MAX_FILE_BYTES {
            for number in (1..OLD_FILES).rev() {
                self.rename(&format!("{AUDIT}.{number}"), &format!("{AUDIT}.{}", number + 1))?;
            }
            self.rename(AUDIT, &format!("{AUDIT}.1"))?;
            file = self.data.append_or_create(AUDIT)?;
            size = 0;
        }
        Ok(file.write(text.as_bytes(), size)?)
    }

    fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        match self.data.rename(from, to) {
            Err(Errno::NOENT) => Ok(()),
            renamed => Ok(renamed?),
        }
    }

    /// All lines that are kept, the oldest first. What is no line, as after a power cut, is passed over.
    pub(crate) fn lines(&self) -> std::io::Result<Vec<AuditLine>> {
        let old = (1..=OLD_FILES).rev().map(|number| format!("{AUDIT}.{number}"));
        let mut lines = Vec::new();
        for name in old.chain([AUDIT.to_owned()]) {
            let text = match self.data.content(&name, 2 * MAX_FILE_BYTES as usize) {
                Err(Errno::NOENT) => continue,
                text => text?,
            };
            let whole =
                text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
            lines.extend(whole.map(AuditLine::printable));
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_log_keeps_the_newest_lines_within_its_bounds() {
        let data = tempfile::tempdir().unwrap();
        let log = AuditLog::of(data.path()).unwrap();
        let detail = "d".repeat(5_000);
        let many = 30_000;
        for number in 0..many {
            log.write(number, "user 0", &Act::new("push", Some("quarry"), &detail));
        }
        let names = log.data.list().unwrap();
        assert_eq!(names, ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3"]);
        for name in names {
            let metadata = data.path().join(name).metadata().unwrap();
            assert!(metadata.len() < MAX_FILE_BYTES + 1_000);
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        }
        let lines = log.lines().unwrap();
        assert!(lines.len() > 10_000);
        let first = many - i64::try_from(lines.len()).unwrap();
        assert!(lines.iter().map(|line| line.time).eq(first..many), "nothing is missing in between");
        assert!(lines[0].detail.len() < 400, "a long detail is cut");
    }

    #[test]
    fn a_line_is_one_line_and_a_torn_one_is_passed_over() {
        let data = tempfile::tempdir().unwrap();
        let log = AuditLog::of(data.path()).unwrap();
        log.write(1, "token ci", &Act::new("erase", None, "a\nb\u{1b}[2J"));
        std::fs::write(data.path().join("audit.log.1"), "{\"time\":0,\"who\"").unwrap();
        let lines = log.lines().unwrap();
        assert_eq!((lines.len(), lines[0].detail.as_str()), (1, "a\u{fffd}b\u{fffd}[2J"));
    }

    #[test]
    fn what_steers_a_terminal_or_hides_is_neither_written_nor_read_back() {
        let data = tempfile::tempdir().unwrap();
        let log = AuditLog::of(data.path()).unwrap();
        let hostile = "a\u{202e}b\u{200b}c\u{1b}]0;x\u{7}\u{9b}\u{2028}\u{e0041}";
        log.write(1, hostile, &Act::new(hostile, Some(hostile), hostile));
        let file = data.path().join(AUDIT);
        let written = std::fs::read_to_string(&file).unwrap();
        let is_plain = |c: char| c == '\n' || c == '\u{fffd}' || aboveboard_types::printable::is_printable(c);
        assert!(written.chars().all(is_plain), "{written:?}");
        assert!(!written.contains("\\u"), "nor as an escape: {written:?}");
        // Somebody else's line, as it may have come with a directory.
        let line = AuditLine {
            time: 2,
            who: hostile.to_owned(),
            act: hostile.to_owned(),
            product: Some(hostile.to_owned()),
            detail: hostile.to_owned(),
        };
        let foreign = format!("{written}{}\n", serde_json::to_string(&line).unwrap());
        std::fs::write(&file, foreign).unwrap();
        let lines = log.lines().unwrap();
        assert_eq!(lines.len(), 2);
        for AuditLine { who, act, product, detail, .. } in lines {
            for text in [who, act, product.unwrap(), detail] {
                assert!(text.chars().all(is_plain), "{text:?}");
            }
        }
    }
}
