//! Filters by size and use as they stand in an address, and as people read them.

use aboveboard_store::figures::SizeFilter;
use aboveboard_store::read::Usage;

use super::format::count;

/// Most filters of one kind in an address.
pub(crate) const MAX_FILTERS: usize = 4;

/// Reads `tables:10-99`, `tables:100-` or `permissions.select:1-`.
pub(crate) fn parse_size(text: &str) -> Option<SizeFilter> {
    let (what, band) = text.split_once(':')?;
    let (count, entry) = what.split_once('.').unwrap_or((what, ""));
    let (from, to) = band.split_once('-')?;
    let from = from.parse().ok()?;
    let to = if to.is_empty() { None } else { Some(to.parse().ok()?) };
    let is_sensible = !count.is_empty() && to.is_none_or(|to| from <= to);
    let entry = (!entry.is_empty()).then(|| entry.to_owned());
    is_sensible.then(|| SizeFilter { count: count.to_owned(), entry, from, to })
}

/// A size as it stands in an address.
pub(crate) fn size_text(size: &SizeFilter) -> String {
    let entry = size.entry.as_ref().map_or_else(String::new, |entry| format!(".{entry}"));
    let to = size.to.map_or_else(String::new, |to| to.to_string());
    format!("{}{entry}:{}-{to}", size.count, size.from)
}

/// `tables 10–99`, for people.
pub(crate) fn size_title(size: &SizeFilter) -> String {
    let entry = size.entry.as_ref().map_or_else(String::new, |entry| format!(" {entry}"));
    format!("{}{entry} {}", size.count, band(size.from, size.to))
}

/// `0`, `10–99`, `1,000+`
pub(crate) fn band(from: u64, to: Option<u64>) -> String {
    match to {
        Some(to) if to == from => count(from),
        Some(to) => format!("{}–{}", count(from), count(to)),
        None => format!("{}+", count(from)),
    }
}

/// Reads `command:init`, `action:table_tracked`, `event:start-finished` or `report`.
pub(crate) fn parse_usage(text: &str) -> Option<Usage> {
    if text == "report" {
        return Some(Usage::Report);
    }
    let (what, name) = text.split_once(':')?;
    let usage = match what {
        "command" => Usage::Command,
        "action" => Usage::Action,
        "event" => Usage::Event,
        _ => return None,
    };
    (!name.is_empty()).then(|| usage(name.to_owned()))
}

/// A use as it stands in an address.
pub(crate) fn usage_text(usage: &Usage) -> String {
    match usage {
        Usage::Command(name) => format!("command:{name}"),
        Usage::Action(name) => format!("action:{name}"),
        Usage::Event(name) => format!("event:{name}"),
        Usage::Report => "report".to_owned(),
    }
}

/// For people: the name, and what it is of where it may be mistaken for a command.
pub(crate) fn usage_title(usage: &Usage) -> String {
    match usage {
        Usage::Command(name) => name.clone(),
        Usage::Action(name) => format!("{name} (console)"),
        Usage::Event(name) => format!("{name} (event)"),
        Usage::Report => "a report".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for text in ["tables:10-99", "tables:100-", "permissions.select:1-", "tables:0-0"] {
            assert_eq!(size_text(&parse_size(text).unwrap()), text);
        }
        for text in ["", "tables", "tables:", "tables:10", "tables:9-1", ":1-2", "tables:-1-2", "tables:a-b"]
        {
            assert_eq!(parse_size(text), None, "{text}");
        }
        assert_eq!(size_title(&parse_size("permissions.select:1-").unwrap()), "permissions select 1+");
        assert_eq!(size_title(&parse_size("tables:1000-9999").unwrap()), "tables 1,000–9,999");
        for text in ["command:metadata apply", "action:table_tracked", "event:start-finished"] {
            assert_eq!(usage_text(&parse_usage(text).unwrap()), text);
        }
        for text in ["", "command", "command:", "report:x", "init"] {
            assert_eq!(parse_usage(text), None, "{text}");
        }
    }

    #[test]
    fn a_band_says_its_first_and_last_number() {
        let bands = [(0, Some(0)), (1, Some(9)), (10, Some(99)), (100, None)];
        assert_eq!(bands.map(|(from, to)| band(from, to)), ["0", "1–9", "10–99", "100+"]);
    }
}
