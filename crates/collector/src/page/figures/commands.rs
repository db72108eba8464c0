//! Commands of a CLI: how often, and how often not well.

use std::collections::BTreeMap;

use aboveboard_types::event::Ending;

use crate::page::format::ratio;
use crate::page::installation_filter::Use;
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::rollup::delta::Axis;
use crate::rollup::interval::wilson;
use crate::rollup::row::Name;
use crate::store::calendar::Day;
use crate::store::sqlite::Snapshot;

/// How runs of a command ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) well: u64,
    pub(crate) error: u64,
    pub(crate) unfinished: u64,
}

impl Runs {
    pub(crate) fn all(&self) -> u64 {
        self.well + self.error + self.unfinished
    }

    fn add(&mut self, ending: i64, n: u64) {
        match ending {
            e if e == Ending::Error as i64 => self.error += n,
            e if e == Ending::Unfinished as i64 => self.unfinished += n,
            _ => self.well += n,
        }
    }
}

/// Runs of commands.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    pub(crate) window: BTreeMap<Name, Runs>,
    pub(crate) days: BTreeMap<Day, Runs>,
    /// Of yesterday and today, of the last 7 days, and of the 28 before those.
    pub(crate) yesterday: BTreeMap<Name, Runs>,
    pub(crate) week: BTreeMap<Name, Runs>,
    pub(crate) before: BTreeMap<Name, Runs>,
}

impl Commands {
    pub(crate) fn gather(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Self> {
        let mut commands = Self::default();
        let Some(product) = scope.product else { return Ok(commands) };
        let reach = scope.from.min(scope.until - 34);
        snapshot.cube(product, Axis::Command, (reach, scope.until), |cell| {
            if !scope.keeps(cell.context) {
                return;
            }
            let ago = scope.until - cell.day;
            if cell.day >= scope.from {
                commands.window.entry(cell.name).or_default().add(cell.detail, cell.n);
                commands.days.entry(cell.day).or_default().add(cell.detail, cell.n);
            }
            if ago < 2 {
                commands.yesterday.entry(cell.name).or_default().add(cell.detail, cell.n);
            }
            if ago < 7 {
                commands.week.entry(cell.name).or_default().add(cell.detail, cell.n);
            } else if ago < 35 {
                commands.before.entry(cell.name).or_default().add(cell.detail, cell.n);
            }
        })?;
        Ok(commands)
    }

    /// One row a command, with the interval of its error rate.
    pub(crate) fn table(&self, scope: &Scope) -> Table {
        let columns = [
            ("command", "Command"),
            ("runs", "Runs"),
            ("error_rate", "Errors"),
            ("error_low", "from"),
            ("error_high", "to"),
            ("errors", "N errors"),
            ("unfinished_rate", "Unfinished"),
            ("unfinished", "N unfinished"),
        ];
        let mut table = Table::new("commands", "Commands", &columns);
        let mut commands: Vec<_> = self.window.iter().map(|(name, runs)| (scope.name(*name), runs)).collect();
        commands.sort_by(|a, b| b.1.all().cmp(&a.1.all()).then(a.0.cmp(&b.0)));
        let most = commands.first().map_or(0, |(_, runs)| runs.all());
        table.figures = vec![Figure::Count(1), Figure::Share(2)];
        table.whole = true;
        for (name, runs) in commands {
            let link = scope.using(Use { axis: Axis::Command, name: name.clone() });
            let all = runs.all();
            let (low, high) = wilson(runs.error, all);
            let row = table.push(vec![
                Value::Text(name),
                Value::Count(all),
                Value::Share(ratio(runs.error, all)),
                Value::Share(low),
                Value::Share(high),
                Value::Count(runs.error),
                Value::Share(ratio(runs.unfinished, all)),
                Value::Count(runs.unfinished),
            ]);
            row.bar = Some(ratio(all, most));
            row.link = Some(link);
            table.n += all;
        }
        table.of = "runs";
        table.note =
            "Unfinished: began and never said how it ended (exit from within, a panic, a signal). From and \
                      to are the Wilson interval at 95 % of the error rate."
                .to_owned();
        table
    }
}
