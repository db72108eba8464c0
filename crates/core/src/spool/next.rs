//! What the next batch will be, found out without sealing or writing anything.

use super::frame::push_line;
use super::handle::Spool;
use super::limits::{MAX_READ_BYTES, MAX_SEGMENT_BYTES};
use super::segment::{SegmentState, read};
use super::{names, outcomes, run_files};
use aboveboard_types::clock::day;
use aboveboard_types::encode;
use aboveboard_types::event::Seconds;

impl Spool {
    /// The body of the next batch, as it will be sent if nothing more is recorded. `None`
    /// where nothing waits.
    pub(crate) fn next(&self, now: Seconds) -> Option<String> {
        if let Some(body) = self.pending().into_iter().find_map(|batch| self.body(batch)) {
            return String::from_utf8(body).ok();
        }
        let content = self.next_content(now)?;
        let SegmentState::Sealable(segment) = read(&content, &self.declaration) else { return None };
        let installation = self.installation()?;
        let sequence = self.sequence();
        let batch = installation.batch(segment.origin?);
        let waiting = names::outcomes(self.destination.tag());
        let dropped = outcomes::read(&self.directory, &waiting).unwrap_or_default();
        Some(segment.compose(&self.as_seal(batch, sequence, &installation), dropped))
    }

    /// The segment that is sealed first, with the orphaned runs that a sealer would append to it before.
    fn next_content(&self, now: Seconds) -> Option<Vec<u8>> {
        let segments = self.segments();
        let name = segments.iter().find(|name| self.can_seal(name));
        let mut content = name.and_then(|name| self.directory.content(name, MAX_READ_BYTES).ok());
        for names in run_files::chunks(&self.directory).unwrap_or_default() {
            let orphans = run_files::orphans(&self.directory, names).unwrap_or_default();
            let mut waiting = self.waiting().ok()?;
            for orphan in orphans {
                if !run_files::is_reported(&orphan.content, &waiting) {
                    self.take_over(&orphan.content, now, &mut content);
                    waiting.extend_from_slice(&orphan.content);
                }
            }
        }
        content
    }

    /// Appends an orphaned run to what is sealed first, as long as there is room and it has the same header.
    fn take_over(&self, orphan: &[u8], now: Seconds, content: &mut Option<Vec<u8>>) {
        let SegmentState::Sealable(run) = read(orphan, &self.declaration) else { return };
        let Some(event) = run.events().first() else { return };
        let mut line = String::new();
        match content {
            None if run.endpoint == self.destination.endpoint => {
                let mut origin = String::new();
                let day = u16::try_from(day(now)).unwrap_or(u16::MAX);
                encode::push_origin(&mut origin, &run_files::segment_name(event), day);
                for json in [run.text, &origin, event] {
                    push_line(&mut line, json);
                }
                *content = Some(line.into_bytes());
            }
            Some(content) if (content.len() as u64) < MAX_SEGMENT_BYTES => {
                if matches!(read(content, &self.declaration), SegmentState::Sealable(segment) if segment.text == run.text)
                {
                    push_line(&mut line, event);
                    content.extend_from_slice(line.as_bytes());
                }
            }
            _ => {}
        }
    }

    fn can_seal(&self, name: &str) -> bool {
        let content = self.directory.content(name, MAX_READ_BYTES).unwrap_or_default();
        match read(&content, &self.declaration) {
            SegmentState::Sealable(segment) => {
                segment.endpoint == self.destination.endpoint && segment.origin.is_some()
            }
            _ => false,
        }
    }
}
