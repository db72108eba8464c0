//! Each text once, however many batches say it.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use aboveboard_store::read::{ReportedCount, RowSum};

use crate::batch::{Batch, ReportedTimings, SentContext, SentEvent, SentKind, SentValue};

/// Texts and contexts, each once. There are few: they are declared, and bounded like the figures.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedTexts {
    texts: HashSet<Arc<str>>,
    contexts: HashSet<Arc<SentContext>>,
}

impl SharedTexts {
    /// Lets a batch share its texts with those before it.
    pub(super) fn share(&mut self, batch: &mut Batch) {
        self.text(&mut batch.product);
        self.context(&mut batch.context);
        batch.events.iter_mut().for_each(|event| self.event(event));
    }

    fn context(&mut self, context: &mut Arc<SentContext>) {
        if !self.contexts.contains(context) {
            let own = Arc::make_mut(context);
            self.text(&mut own.os);
            self.text(&mut own.arch);
        }
        share(&mut self.contexts, context);
    }

    fn text(&mut self, text: &mut Arc<str>) {
        share(&mut self.texts, text);
    }

    fn event(&mut self, event: &mut SentEvent) {
        match &mut event.what {
            SentKind::Command { command, .. } => self.text(command),
            SentKind::Console { action, route, .. } => {
                self.text(route);
                action.iter_mut().for_each(|action| self.text(action));
            }
            SentKind::Report { counts, timings } => {
                for ReportedCount { count, entry, .. } in counts {
                    self.text(count);
                    entry.iter_mut().for_each(|entry| self.text(entry));
                }
                timings.iter_mut().for_each(|timings| self.timings(timings));
            }
            SentKind::Requests(sums) => {
                sums.iter_mut().for_each(|RowSum { name, .. }| self.text(name));
            }
            SentKind::Declared { event, fields, .. } => {
                self.text(event);
                for (field, value) in fields {
                    self.text(field);
                    if let SentValue::Choice(choice) = value {
                        self.text(choice);
                    }
                }
            }
        }
    }

    fn timings(&mut self, timings: &mut ReportedTimings) {
        for timing in &mut timings.of {
            self.text(&mut timing.name);
            for cell in &mut timing.cells {
                self.text(&mut cell.kind);
                cell.parts.iter_mut().for_each(|(part, _)| self.text(part));
            }
        }
    }
}

/// Puts the one that is known in the place of an equal one, or keeps that.
fn share<T: ?Sized + Eq + Hash>(known: &mut HashSet<Arc<T>>, new: &mut Arc<T>) {
    match known.get(&**new) {
        Some(known) => *new = Arc::clone(known),
        None => _ = known.insert(Arc::clone(new)),
    }
}
