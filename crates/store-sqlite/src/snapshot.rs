//! The questions of the read port in SQL.

use std::ops::ControlFlow;

use aboveboard_store::amendment::Change;
use aboveboard_store::calendar::{Day, HourOfDay};
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::contributions::Presence;
use aboveboard_store::entry::Position;
use aboveboard_store::installation_set::{InstallationSet, Member};
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{
    Affected, BatchRow, CommandCell, ConsoleCell, ContributorPiece, Days, EachSet, EndingSet, EventCell,
    EventTotal, FieldCell, FieldValue, InstallationKey, LastReport, NamedVersion, QualityNote, ReadResult,
    RequestCell, RequestSum, RowsRead, Selection, Snapshot, Usage,
};
use aboveboard_store::versions::ReleaseLine;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;
use rusqlite::{Connection, Result, Row, params};

use super::amend::{self, AmendmentScope};
use super::contributors::ContributorReader;
use super::counted;
use super::decode;
use super::dictionary::{self, Contexts, Dictionary};
use super::names::find_installation;
use super::own_rows::OwnRows;
use super::reader::SqliteSnapshot;
use super::sets::SetTable;
use super::store::position;
use super::{links, query, receipts, retire, rows, stored_sets, versions};
use crate::delta::Axis;
use crate::row::{self, NameNumber, StoredKind};

impl SqliteSnapshot<'_> {
    /// Asks about a product by its number; nothing where nothing of it was ever stored.
    fn of_product<T: Default>(
        &self,
        product: &str,
        question: impl FnOnce(&Connection, u32) -> Result<T>,
    ) -> ReadResult<T> {
        self.query(|connection| match dictionary::product(connection, product)? {
            Some(product) => question(connection, product),
            None => Ok(T::default()),
        })
    }

    fn dictionary(&self) -> ReadResult<&Dictionary> {
        if let Some(known) = self.dictionary.get() {
            return Ok(known);
        }
        let loaded = self.query(Dictionary::load)?;
        Ok(self.dictionary.get_or_init(|| loaded))
    }

    /// Gives every row of a statement about the selected days whose context, its first column, is selected too.
    fn selected(
        &self,
        of: &Selection<'_>,
        sql: &str,
        mut each: impl FnMut(&Row<'_>, &Context) -> Result<()>,
    ) -> ReadResult<()> {
        self.of_product(of.product, |connection, product| {
            let contexts = Contexts::load(connection, product, of.contexts)?;
            query::each(connection, sql, params![product, of.days.first, of.days.last], |row| {
                contexts.get(row.get(0)?).map_or(Ok(()), |context| each(row, context))
            })
        })
    }

    /// Gives what an axis of the cube holds in the selected contexts together: day, name, detail, how often.
    fn cube(
        &self,
        of: &Selection<'_>,
        axis: Axis,
        mut each: impl FnMut(Day, NameNumber, i64, u64),
    ) -> ReadResult<()> {
        self.of_product(of.product, |connection, product| {
            let contexts = Contexts::load(connection, product, of.contexts)?;
            let sql = "SELECT day, name, detail, context, n FROM cube WHERE product = ?1 AND axis = ?2 \
                       AND day BETWEEN ?3 AND ?4 ORDER BY day, name, detail";
            let mut open: Option<((Day, NameNumber, i64), u64)> = None;
            let params = params![product, axis as u8, of.days.first, of.days.last];
            query::each(connection, sql, params, |row| {
                if contexts.get(row.get(3)?).is_none() {
                    return Ok(());
                }
                let cell = (row.get(0)?, row.get(1)?, row.get(2)?);
                if let Some(((day, name, detail), sum)) = open.take_if(|(known, _)| *known != cell) {
                    each(day, name, detail, sum);
                }
                let (_, sum) = open.get_or_insert((cell, 0));
                *sum = sum.saturating_add(unsigned(row.get(4)?));
                Ok(())
            })?;
            if let Some(((day, name, detail), sum)) = open {
                each(day, name, detail, sum);
            }
            Ok(())
        })
    }
}

impl Snapshot for SqliteSnapshot<'_> {
    fn position(&self) -> ReadResult<Position> {
        self.query(position)
    }

    fn newest_receipt(&self) -> ReadResult<Option<Day>> {
        self.query(retire::newest_receipt)
    }

    fn retention_day(&self) -> ReadResult<Option<Day>> {
        self.query(retire::retention_day)
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        let sql = "SELECT name FROM product ORDER BY name";
        self.query(|connection| query::list(connection, sql, [], |row| row.get(0)))
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Context>> {
        self.of_product(product, |connection, product| {
            let all = Contexts::load(connection, product, &ContextFilter::everything())?;
            Ok(all.into_values().collect())
        })
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<EventTotal>> {
        self.of_product(product, |connection, product| {
            let sql = "SELECT c.component, c.marks, sum(n) FROM cube JOIN context c ON c.id = cube.context \
                       WHERE cube.product = ?1 AND axis <= ?2 GROUP BY c.component, c.marks";
            query::list(connection, sql, params![product, Axis::Declared as u8], |row| {
                Ok(EventTotal {
                    component: dictionary::component(row.get_ref(0)?.as_str()?),
                    marks: Marks::from_bits(row.get(1)?),
                    events: unsigned(row.get(2)?),
                })
            })
        })
    }

    fn life(&self, product: &str, installation: Id) -> ReadResult<Option<Days>> {
        self.of_product(product, |connection, product| {
            let known = find_installation(connection, product, installation)?;
            Ok(known.and_then(|known| Some(Days { first: known.first?, last: known.last? })))
        })
    }

    fn first_receipt(&self, product: &str, installation: Id) -> ReadResult<Option<Day>> {
        self.of_product(product, |connection, product| {
            Ok(find_installation(connection, product, installation)?.and_then(|known| known.received))
        })
    }

    fn affected(
        &self,
        product: &str,
        change: &Change,
        day: Day,
        report_interval: u64,
    ) -> ReadResult<Affected> {
        self.of_product(product, |connection, product| {
            amend::affected(connection, AmendmentScope { product, day, report_interval }, change)
        })
    }

    fn versions(&self, product: &str) -> ReadResult<Vec<NamedVersion>> {
        let names = self.dictionary()?;
        self.of_product(product, |connection, product| {
            let all = versions::all(connection, product)?;
            let named = |(field, version, admitted)| NamedVersion {
                field: names.name_if_any(field).map(|name| name.to_string()),
                version,
                admitted,
            };
            Ok(all.into_iter().map(named).collect())
        })
    }

    fn lines(&self, product: &str) -> ReadResult<Vec<ReleaseLine>> {
        self.of_product(product, versions::lines)
    }

    fn commands(&self, of: &Selection<'_>, each: &mut dyn FnMut(CommandCell<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.cube(of, Axis::Command, |day, name, detail, runs| {
            let ending = row::ending_of(unsigned(detail)).unwrap_or(Ending::Success);
            each(CommandCell { day, command: names.name(name), ending, runs });
        })
    }

    fn console(&self, of: &Selection<'_>, each: &mut dyn FnMut(ConsoleCell<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.cube(of, Axis::Action, |_, name, route, times| {
            let route = names.name(u32::try_from(route).unwrap_or(0));
            each(ConsoleCell { action: Some(names.name(name)), route, times });
        })?;
        self.cube(of, Axis::View, |_, name, _, times| {
            each(ConsoleCell { action: None, route: names.name(name), times });
        })
    }

    fn events(&self, of: &Selection<'_>, each: &mut dyn FnMut(EventCell<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.cube(of, Axis::Declared, |day, name, _, times| {
            each(EventCell { day, event: names.name(name), times });
        })
    }

    fn fields(&self, of: &Selection<'_>, each: &mut dyn FnMut(FieldCell<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        for axis in [Axis::Flag, Axis::Number, Axis::Choice, Axis::Version, Axis::Country] {
            self.cube(of, axis, |_, name, detail, times| {
                let Some((event, field)) = names.name(name).split_once('.') else { return };
                let number = u64::try_from(detail).unwrap_or(0);
                let value = match axis {
                    Axis::Flag => FieldValue::Flag(detail != 0),
                    Axis::Number => FieldValue::Number(number),
                    Axis::Version => FieldValue::Version(unpack_version(number)),
                    Axis::Country => FieldValue::Country(u16::try_from(detail).unwrap_or(0).to_be_bytes()),
                    _ => match names.name_if_any(u32::try_from(detail).unwrap_or(0)) {
                        Some(choice) => FieldValue::Choice(choice),
                        None => FieldValue::NoMember,
                    },
                };
                each(FieldCell { event, field, value, times });
            })?;
        }
        Ok(())
    }

    fn requests(&self, of: &Selection<'_>, each: &mut dyn FnMut(RequestCell<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        for (axis, unit) in [
            (Axis::TimingCount, RequestSum::Requests as fn(u64) -> RequestSum),
            (Axis::TimingTime, RequestSum::Milliseconds),
        ] {
            self.cube(of, axis, |_, name, from, sum| {
                let Some((timing, kind)) = names.name(name).split_once(' ') else { return };
                let (timing, part) = match timing.split_once('.') {
                    Some((timing, part)) => (timing, Some(part)),
                    None => (timing, None),
                };
                each(RequestCell { timing, part, kind, from: unsigned(from), sum: unit(sum) });
            })?;
        }
        Ok(())
    }

    fn quality(&self, of: &Selection<'_>, each: &mut dyn FnMut(QualityNote, u64)) -> ReadResult<()> {
        let sql = "SELECT context, what, n FROM quality WHERE product = ?1 AND day BETWEEN ?2 AND ?3";
        self.selected(of, sql, |row, _| {
            if let Some(note) = QualityNote::from_spelling(row.get_ref(1)?.as_str()?) {
                each(note, unsigned(row.get(2)?));
            }
            Ok(())
        })
    }

    fn active(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.of_product(of.product, |connection, product| stored_sets::active(connection, product, of, each))
    }

    fn retired(&self, of: &Selection<'_>, each: &mut dyn FnMut(Day, &Context, u64)) -> ReadResult<()> {
        let sql = "SELECT context, day, installations FROM closed WHERE product = ?1 AND day BETWEEN ?2 AND ?3 \
                   ORDER BY day";
        self.selected(of, sql, |row, context| {
            each(row.get(1)?, context, u64::from(row.get::<_, u32>(2)?));
            Ok(())
        })
    }

    fn retired_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.of_product(product, |connection, product| {
            let sql =
                "SELECT DISTINCT day FROM closed WHERE product = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day";
            query::list(connection, sql, params![product, days.first, days.last], |row| row.get(0))
        })
    }

    fn first_seen(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.of_product(product, |connection, product| {
            stored_sets::first(connection, product, SetTable::Cohort, days, each)
        })
    }

    fn first_received(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.of_product(product, |connection, product| {
            stored_sets::first(connection, product, SetTable::Arrived, days, each)
        })
    }

    fn used(&self, of: &Selection<'_>, usage: &Usage, each: EachSet<'_>) -> ReadResult<()> {
        let (axis, name) = match usage {
            Usage::Report => (Axis::Report, None),
            Usage::Command(name) => (Axis::Command, Some(name)),
            Usage::Action(name) => (Axis::Action, Some(name)),
            Usage::Event(name) => (Axis::Declared, Some(name)),
        };
        self.of_product(of.product, |connection, product| {
            let number = name.map_or(Ok(Some(0)), |name| dictionary::number(connection, name))?;
            let Some(name) = number else { return Ok(()) };
            stored_sets::used(connection, product, of, (axis, name), each)
        })
    }

    fn endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.of_product(of.product, |connection, product| {
            stored_sets::endings(connection, product, names, of, each)
        })
    }

    fn received_endings(&self, of: &Selection<'_>, each: &mut dyn FnMut(EndingSet<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.of_product(of.product, |connection, product| {
            stored_sets::received_endings(connection, product, names, of, each)
        })
    }

    fn received(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(Day, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.of_product(of.product, |connection, product| {
            stored_sets::received(connection, product, of, each)
        })
    }

    fn received_from(&self, product: &str) -> ReadResult<Option<Day>> {
        self.of_product(product, receipts::known_from)
    }

    fn received_by_hour(
        &self,
        of: &Selection<'_>,
        each: &mut dyn FnMut(HourOfDay, &Context, InstallationSet),
    ) -> ReadResult<()> {
        self.of_product(of.product, |connection, product| {
            stored_sets::received_by_hour(connection, product, of, each)
        })
    }

    fn batches_by_hour(
        &self,
        product: &str,
        days: Days,
        each: &mut dyn FnMut(HourOfDay, Component, u64),
    ) -> ReadResult<()> {
        self.of_product(product, |connection, product| {
            receipts::batches_by_hour(connection, product, days, each)
        })
    }

    fn last_received(&self, product: &str) -> ReadResult<Vec<(Component, i64)>> {
        self.of_product(product, receipts::last_received)
    }

    fn first_days_of_versions(&self, product: &str) -> ReadResult<Vec<(Version, Day)>> {
        self.of_product(product, versions::first_days)
    }

    fn succeeded(&self, product: &str, days: Days, each: EachSet<'_>) -> ReadResult<()> {
        self.of_product(product, |connection, product| {
            stored_sets::succeeded(connection, product, days, each)
        })
    }

    fn last_reports(&self, of: &Selection<'_>, each: &mut dyn FnMut(LastReport<'_>)) -> ReadResult<()> {
        let names = self.dictionary()?;
        let sql =
            "SELECT context, counts, installation FROM latest WHERE product = ?1 AND day BETWEEN ?2 AND ?3";
        self.selected(of, sql, |row, _| {
            for event in rows::events(row, 1)? {
                if let StoredKind::Report(counts) = event.what {
                    let counts = decode::counts(names, &counts);
                    each(LastReport { installation: Member(row.get(2)?), counts: &counts });
                }
            }
            Ok(())
        })
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.of_product(product, |connection, product| rows::days(connection, product, days))
    }

    fn events_in_rows(&self, product: &str, day: Day) -> ReadResult<u64> {
        self.of_product(product, |connection, product| {
            let mut events = 0;
            rows::of_day(connection, product, day, |raw| {
                let read = decode::stored(raw)?;
                events +=
                    read.iter().filter(|event| !matches!(event.what, StoredKind::SentVersion(_))).count()
                        as u64;
                Ok(())
            })?;
            Ok(events)
        })
    }

    fn rows(
        &self,
        product: &str,
        day: Day,
        wants: &dyn Fn(&Context, InstallationKey) -> bool,
        each: &mut dyn FnMut(BatchRow),
    ) -> ReadResult<()> {
        let names = self.dictionary()?;
        self.of_product(product, |connection, product| {
            let contexts = Contexts::load(connection, product, &ContextFilter::everything())?;
            let servers = links::reporting(connection, product, day)?;
            rows::of_day(connection, product, day, |raw| {
                let installation = decode::key(raw.installation);
                let context = contexts.get(raw.context).filter(|context| wants(context, installation));
                if let Some(context) = context {
                    let events = decode::stored(raw)?;
                    each(decode::batch_row(
                        names,
                        &|server| servers.has(server),
                        context,
                        raw.installation,
                        events,
                    ));
                }
                Ok(())
            })
        })
    }

    fn rows_of(
        &self,
        product: &str,
        installation: Id,
        days: Days,
        max_cost: u64,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> ReadResult<RowsRead> {
        let names = self.dictionary()?;
        self.of_product(product, |connection, product| {
            let none = Ok(RowsRead::default());
            let Some(known) = find_installation(connection, product, installation)? else { return none };
            let (Some(first), Some(last)) = (known.first, known.last) else { return none };
            let days = Days { first: first.max(days.first), last: last.min(days.last) };
            OwnRows::new(connection, names, product, known.number).read(days, max_cost, each)
        })
    }

    fn presences(&self, product: &str, installation: Id) -> ReadResult<Vec<Presence>> {
        self.of_product(product, |connection, product| {
            match find_installation(connection, product, installation)? {
                Some(known) => counted::of_installation(connection, product, known.number),
                None => Ok(Vec::new()),
            }
        })
    }

    fn contributors(
        &self,
        product: &str,
        days: Days,
        from: InstallationKey,
        each: &mut dyn FnMut(ContributorPiece),
    ) -> ReadResult<Option<InstallationKey>> {
        let names = self.dictionary()?;
        self.of_product(product, |connection, product| {
            let contexts = &Contexts::load(connection, product, &ContextFilter::everything())?;
            ContributorReader { connection, names, contexts, product, days }.chunk(from, each)
        })
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
