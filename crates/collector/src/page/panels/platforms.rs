//! Operating systems and architectures.

use aboveboard_manifest::Manifest;
use aboveboard_types::envelope::{ARCHITECTURES, OPERATING_SYSTEMS, known};

use crate::page::panel::Panel;
use crate::page::reasons::CollectionReason;
use crate::page::table::{Comparison, Table, Value, column};
use crate::page::window::Window;
use crate::store::figures::ratio;
use crate::store::read::Answer;

pub(super) struct Platforms;

impl Panel for Platforms {
    fn name(&self) -> &'static str {
        "platforms"
    }

    fn table(&self, window: &Window<'_>) -> Answer<Table> {
        let columns = [
            column("os", "System"),
            column("arch", "Architecture"),
            column("installations", "Installations").compared(Comparison::Count),
            column("share", "Share"),
        ];
        let mut table = Table::new(self.name(), "Platforms", columns);
        let activity = window.answers.activity()?;
        for platform in &activity.platforms {
            let share = ratio(platform.installations, activity.installations);
            let row = table.push([
                Value::text(&*platform.os),
                Value::text(&*platform.arch),
                Value::Count(platform.installations),
                Value::Share(share),
            ]);
            row.bar = Some(share);
            row.link = Some(window.scope.query.with(|query| {
                query.table = None;
                query.contexts.os = known(&OPERATING_SYSTEMS, &platform.os);
                query.contexts.arch = known(&ARCHITECTURES, &platform.arch);
            }));
        }
        table.n = activity.installations;
        table.of = "installations";
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        CollectionReason::of_envelope(
            manifest,
            "Every batch says its operating system and architecture: what must be built and tested?",
        )
    }
}
