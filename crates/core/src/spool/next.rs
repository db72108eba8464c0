//! What the next batch will be, found out without sealing anything.

use super::frame::push_line;
use super::running;
use super::seal::{Spool, batch_id};
use super::segment::{Read, read};
use super::{SEGMENT_BYTES, outcomes, room};
use crate::event::Seconds;

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
        let orphans = running::orphans(&self.directory).unwrap_or_default();
        let segments = self.segments();
        let name = segments.iter().find(|name| self.can_read(name));
        let mut content = name.and_then(|name| self.directory.content(name, room::READ_MOST).ok());
        let told = self.waiting().ok()?;
        for orphan in orphans {
            let Read::Ours(run) = read(&orphan.content, &self.declaration) else { continue };
            let (Some(event), false) = (run.events().first(), running::is_told(&orphan.name, &told)) else {
                continue;
            };
            match &mut content {
                None => content = Some(orphan.content.clone()),
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
        content
    }

    fn can_read(&self, name: &str) -> bool {
        let content = self.directory.content(name, room::READ_MOST).unwrap_or_default();
        matches!(read(&content, &self.declaration), Read::Ours(_))
    }
}
