//! The dictionary: what each figure of the newest publication means, from its document alone.

use aboveboard_published::publication::{CellState, Form, Group, Publication, Table};
use askama::Template;

use super::clean::file_name;
use super::frame::{Frame, PageName};
use super::history::{History, Shown};
use super::interval::{half_width_of, threshold};
use super::words::{number, period};

/// The page as the template sees it.
#[derive(Template)]
#[template(path = "published/dictionary.html")]
pub(super) struct Dictionary {
    frame: Frame,
    period: String,
    folder: String,
    revision: u32,
    manifest: String,
    entries: Vec<DictionaryEntry>,
}

struct DictionaryEntry {
    name: String,
    file: String,
    title: String,
    what: String,
    why: String,
    owner: Option<String>,
    unit: Option<String>,
    form: &'static str,
    components: String,
    noise: String,
    threshold: String,
    /// The keys with what they mean, where that is more.
    cells: Vec<[String; 2]>,
}

impl Dictionary {
    pub(super) fn of(history: &History, newest: &Shown) -> Self {
        let publication = &newest.publication;
        let tables =
            publication.groups.iter().flat_map(|group| group.tables.iter().map(move |table| (group, table)));
        Self {
            frame: Frame::around(PageName::Dictionary, history),
            period: period(&publication.period),
            folder: newest.folder(),
            revision: publication.manifest.revision,
            manifest: publication.manifest.sha256.clone(),
            entries: tables.map(|(group, table)| entry(publication, group, table)).collect(),
        }
    }
}

fn entry(publication: &Publication, group: &Group, table: &Table) -> DictionaryEntry {
    let cells = table.cells.iter().filter(|cell| !matches!(cell.state, CellState::Rest(_)));
    DictionaryEntry {
        name: table.name.clone(),
        file: file_name(&table.name),
        title: table.title.clone(),
        what: table.what.clone(),
        why: table.why.clone(),
        owner: table.owner.clone(),
        unit: table.unit.clone(),
        form: match table.form {
            Form::Number => "one number",
            Form::Partition => "each installation is in one row at most, so rows add up",
            Form::Several => "an installation can be in several rows, so rows do not add up",
        },
        components: group.components.join(", "),
        noise: number(half_width_of(group.variance)),
        threshold: number(threshold(group.variance, publication.parameters.threshold)),
        cells: cells.map(|cell| [cell.key.clone(), cell.label.clone()]).collect(),
    }
}
