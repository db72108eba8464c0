//! What the next batch will be, found out without sealing anything.

use super::frame::push_line;
use super::running;
use super::seal::{Spool, batch_id};
use super::segment::{Read, read};
use super::{SEGMENT_BYTES, eviction, outcomes};
use aboveboard_types::event::Seconds;

impl Spool {
    /// The body of the next batch; `None` where nothing waits.
    pub(crate) fn next(&self, now: Seconds) -> Option<String> {
        if let Some(body) = self.pending().into_iter().find_map(|batch| self.body(batch)) {
            return String::from_utf8(body).ok();
        }
        let content = self.next_content()?;
        let Read::Ours(segment) = read(&content, &self.declaration) else { return None };
        let installation = self.installation()?;
        let sequence = self.sequence();
        let batch = batch_id(&installation, &content, sequence, now);
        let told = outcomes::read(&self.directory, outcomes::FILE).unwrap_or_default();
        Some(segment.compose(&self.as_seal(batch, sequence, &installation), told))
    }

    /// The segment that is sealed first, with the runs that are taken over before.
    fn next_content(&self) -> Option<Vec<u8>> {
        let segments = self.segments();
        let name = segments.iter().find(|name| self.can_read(name));
        let mut content = name.and_then(|name| self.directory.content(name, eviction::READ_MOST).ok());
        for names in running::parts(&self.directory).unwrap_or_default() {
            let orphans = running::orphans(&self.directory, names).unwrap_or_default();
            let told = self.waiting().ok()?;
            for orphan in orphans.iter().filter(|orphan| !running::is_told(&orphan.content, &told)) {
                self.take_over(&orphan.content, &mut content);
            }
        }
        content
    }

    /// Adds a run to what is sealed first, as long as there is room and it has the same header.
    fn take_over(&self, orphan: &[u8], content: &mut Option<Vec<u8>>) {
        let Read::Ours(run) = read(orphan, &self.declaration) else { return };
        let Some(event) = run.events().first() else { return };
        match content {
            None => *content = Some(orphan.to_vec()),
            Some(content) if (content.len() as u64) < SEGMENT_BYTES => {
                if matches!(read(content, &self.declaration), Read::Ours(segment) if segment.text == run.text)
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
        let content = self.directory.content(name, eviction::READ_MOST).unwrap_or_default();
        matches!(read(&content, &self.declaration), Read::Ours(_))
    }
}
