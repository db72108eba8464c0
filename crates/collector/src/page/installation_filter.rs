//! Filters that choose installations: by what their last report counts, by what they used or did not use.
//!
//! They need the installation, so they reach every figure that is counted in installations, and none that is counted
//! in events: those are kept without it.

use std::fmt;

use crate::rollup::delta::Axis;
use crate::rollup::row::Name;
use crate::rollup::set::{Chunk, Set};
use crate::store::calendar::Day;
use crate::store::sqlite::{SetPart, Snapshot};

/// Most filters of one kind in an address.
pub(crate) const MAX_FILTERS: usize = 4;

/// Installations whose last report counts so many: `tables:10-99`, `tables:100-`, `permissions.select:1-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) count: String,
    /// The entry of a count's closed list; empty for a count of one number.
    pub(crate) cell: String,
    pub(crate) from: u64,
    /// The largest that still belongs; `None` for no bound.
    pub(crate) to: Option<u64>,
}

impl Size {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (what, band) = text.split_once(':')?;
        let (count, cell) = what.split_once('.').unwrap_or((what, ""));
        let (from, to) = band.split_once('-')?;
        let from = from.parse().ok()?;
        let to = if to.is_empty() { None } else { Some(to.parse().ok()?) };
        let sensible = !count.is_empty() && to.is_none_or(|to| from <= to);
        sensible.then(|| Self { count: count.to_owned(), cell: cell.to_owned(), from, to })
    }

    fn has(&self, number: u64) -> bool {
        self.from <= number && self.to.is_none_or(|to| number <= to)
    }

    /// `tables 10–99`, for people.
    pub(crate) fn title(&self) -> String {
        let cell = if self.cell.is_empty() { String::new() } else { format!(" {}", self.cell) };
        format!("{}{cell} {}", self.count, band(self.from, self.to))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.count)?;
        if !self.cell.is_empty() {
            write!(f, ".{}", self.cell)?;
        }
        write!(f, ":{}-", self.from)?;
        self.to.map_or(Ok(()), |to| write!(f, "{to}"))
    }
}

/// `0`, `10–99`, `1,000+`
pub(crate) fn band(from: u64, to: Option<u64>) -> String {
    use super::format::count;
    match to {
        Some(to) if to == from => count(from),
        Some(to) => format!("{}–{}", count(from), count(to)),
        None => format!("{}+", count(from)),
    }
}

/// Something that an installation used: `command:init`, `action:table_tracked`, `event:start-finished`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) axis: Axis,
    pub(crate) name: String,
}

const KINDS: [(Axis, &str); 3] =
    [(Axis::Command, "command"), (Axis::Action, "action"), (Axis::Declared, "event")];

impl Use {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        let (axis, _) = *KINDS.iter().find(|(_, known)| *known == kind)?;
        (!name.is_empty()).then(|| Self { axis, name: name.to_owned() })
    }

    /// For people: the name, with its kind where it may be mistaken for a command.
    pub(crate) fn title(&self) -> String {
        match self.axis {
            Axis::Command => self.name.clone(),
            Axis::Action => format!("{} (console)", self.name),
            _ => format!("{} (event)", self.name),
        }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = KINDS.iter().find(|(axis, _)| *axis == self.axis).map_or("", |(_, kind)| *kind);
        write!(f, "{kind}:{}", self.name)
    }
}

/// What an address asks of installations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) sizes: Vec<Size>,
    pub(crate) used: Vec<Use>,
    pub(crate) unused: Vec<Use>,
}

impl Asked {
    pub(crate) fn nothing(&self) -> bool {
        self.sizes.is_empty() && self.used.is_empty() && self.unused.is_empty()
    }
}

/// Which installations the filters keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct InstallationFilter {
    within: Option<Set>,
    without: Set,
}

impl InstallationFilter {
    /// Looks up who is asked for. Sizes are those of the last report there is, whenever it came; use is use on one
    /// of the days.
    pub(crate) fn look(
        snapshot: &Snapshot<'_>,
        product: u32,
        asked: &Asked,
        days: (Day, Day),
        number: impl Fn(&str) -> Option<Name>,
    ) -> rusqlite::Result<Self> {
        let mut narrow = Self::default();
        if !asked.sizes.is_empty() {
            narrow.keep(sizes(snapshot, product, &asked.sizes, &number)?);
        }
        let set = |what: &Use| -> rusqlite::Result<Set> {
            let mut set = Set::default();
            if let Some(name) = number(&what.name) {
                snapshot.used(product, what.axis, Some(name), days, |part, _| {
                    set.unite_bytes(part.chunk, part.members);
                })?;
            }
            Ok(set)
        };
        for what in &asked.used {
            narrow.keep(set(what)?);
        }
        for what in &asked.unused {
            narrow.without.unite(&set(what)?);
        }
        Ok(narrow)
    }

    fn keep(&mut self, set: Set) {
        self.within = Some(match self.within.take() {
            None => set,
            Some(within) => within.shared(&set),
        });
    }

    /// The members of a stored set that are kept.
    pub(crate) fn of(&self, part: &SetPart<'_>) -> Chunk {
        let mut members = Chunk::from_bytes(part.members);
        if let Some(within) = &self.within {
            members = within.chunk(part.chunk).map_or_else(Chunk::default, |kept| members.common(kept));
        }
        if let Some(gone) = self.without.chunk(part.chunk) {
            members.subtract(gone);
        }
        members
    }

    /// Whether an installation is kept.
    pub(crate) fn has(&self, installation: u32) -> bool {
        self.within.as_ref().is_none_or(|within| within.has(installation)) && !self.without.has(installation)
    }
}

fn sizes(
    snapshot: &Snapshot<'_>,
    product: u32,
    asked: &[Size],
    number: &impl Fn(&str) -> Option<Name>,
) -> rusqlite::Result<Set> {
    // A name that is in no report has no number; then nobody is asked for.
    let mut cells = Vec::with_capacity(asked.len());
    for size in asked {
        let cell = if size.cell.is_empty() { Some(0) } else { number(&size.cell) };
        let (Some(name), Some(cell)) = (number(&size.count), cell) else { return Ok(Set::default()) };
        cells.push((name, cell, size));
    }
    let mut kept = Set::default();
    snapshot.last_reports(product, (Day::MIN, Day::MAX), |report| {
        let counted = |name, cell, size: &Size| {
            report.counts.iter().any(|c| c.name == name && c.cell == cell && size.has(c.number))
        };
        if cells.iter().all(|(name, cell, size)| counted(*name, *cell, size)) {
            kept.insert(report.installation);
        }
    })?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for text in ["tables:10-99", "tables:100-", "permissions.select:1-", "tables:0-0"] {
            assert_eq!(Size::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "tables", "tables:", "tables:10", "tables:9-1", ":1-2", "tables:-1-2", "tables:a-b"]
        {
            assert_eq!(Size::parse(text), None, "{text}");
        }
        assert_eq!(Size::parse("permissions.select:1-").unwrap().title(), "permissions select 1+");
        assert_eq!(Size::parse("tables:1000-9999").unwrap().title(), "tables 1,000–9,999");
        for text in ["command:metadata apply", "action:table_tracked", "event:start-finished"] {
            assert_eq!(Use::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "command", "command:", "report:x", "init"] {
            assert_eq!(Use::parse(text), None, "{text}");
        }
    }
}
