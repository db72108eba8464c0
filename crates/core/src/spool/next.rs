//! What the next batch will be, found out without sealing or writing anything.

use super::frame::push_line;
use super::handle::Spool;
use super::limits::{MAX_READ_BYTES, MAX_SEGMENT_BYTES};
use super::names::OUTCOMES;
use super::seal::batch_id;
use super::segment::{SegmentState, read};
use super::{outcomes, run_files};
use aboveboard_types::event::Seconds;

impl Spool {
    /// The body of the next batch, as it will be sent if nothing more is recorded and the day does not change. `None`
    /// where nothing waits.
    pub(crate) fn next(&self, now: Seconds) -> Option<String> {
        if let Some(body) = self.pending().into_iter().find_map(|batch| self.body(batch)) {
            return String::from_utf8(body).ok();
        }
        let content = self.next_content()?;
        let SegmentState::Sealable(segment) = read(&content, &self.declaration) else { return None };
        let installation = self.installation()?;
        let sequence = self.sequence();
        let batch = batch_id(&installation, &content, sequence, now);
        let dropped = outcomes::read(&self.directory, OUTCOMES).unwrap_or_default();
        Some(segment.compose(&self.as_seal(batch, sequence, &installation), dropped))
    }

    /// The segment that is sealed first, with the orphaned runs that a sealer would append to it before.
    fn next_content(&self) -> Option<Vec<u8>> {
        let segments = self.segments();
        let name = segments.iter().find(|name| self.can_read(name));
        let mut content = name.and_then(|name| self.directory.content(name, MAX_READ_BYTES).ok());
        for names in run_files::chunks(&self.directory).unwrap_or_default() {
            let orphans = run_files::orphans(&self.directory, names).unwrap_or_default();
            let waiting = self.waiting().ok()?;
            for orphan in orphans.iter().filter(|orphan| !run_files::is_reported(&orphan.content, &waiting)) {
                self.take_over(&orphan.content, &mut content);
            }
        }
        content
    }

    /// Appends an orphaned run to what is sealed first, as long as there is room and it has the same header.
    fn take_over(&self, orphan: &[u8], content: &mut Option<Vec<u8>>) {
        let SegmentState::Sealable(run) = read(orphan, &self.declaration) else { return };
        let Some(event) = run.events().first() else { return };
        match content {
            None => *content = Some(orphan.to_vec()),
            Some(content) if (content.len() as u64) < MAX_SEGMENT_BYTES => {
                if matches!(read(content, &self.declaration), SegmentState::Sealable(segment) if segment.text == run.text)
                {
                    let mut line = String::new();
                    push_line(&mut line, event);
                    content.extend_from_slice(line.as_bytes());
                }
            }
            Some(_) => {}
        }
    }

    fn can_read(&self, name: &str) -> bool {
        let content = self.directory.content(name, MAX_READ_BYTES).unwrap_or_default();
        matches!(read(&content, &self.declaration), SegmentState::Sealable(_))
    }
}
