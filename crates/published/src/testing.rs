//! Documents for the tests of this crate.

use crate::figures::{figure, share};
use crate::parameters::{HEADLINE_VARIANCE, MAX_HEADLINE, parameters};
use crate::period::PublicationId;
use crate::publication::{
    Cell, CellState, FORMAT, Form, Group, LogDocument, ManifestReference, Product, Publication, Table,
    Withdrawal,
};
use crate::ratio::Ratio;

/// A publication with a headline of one table and a detail table.
pub(crate) fn publication(id: &str) -> LogDocument {
    let id = PublicationId::parse(id).unwrap();
    let group = |name: &str, at_most, variance, table| Group {
        name: name.to_owned(),
        components: vec!["cli".to_owned()],
        at_most,
        variance,
        tables: vec![table],
    };
    let active = figure(1240, Ratio::whole(HEADLINE_VARIANCE));
    let build = figure(520, Ratio::whole(100));
    LogDocument::Publication(Box::new(Publication {
        format: FORMAT,
        id: id.to_string(),
        product: Product {
            id: "quarry".into(),
            name: "Quarry".into(),
            controller: "Quarry Foundation".into(),
            contact: "privacy@quarry.example".into(),
            site: "https://quarry.example/figures".into(),
            licence: "CC0-1.0".into(),
            why: "Users see what their data is used for.".into(),
        },
        period: id.period.document(),
        drawn: aboveboard_types::clock::day_stamp(id.period.earliest_draw()),
        next_due: aboveboard_types::clock::day_stamp(id.period.next().due()),
        manifest: ManifestReference { revision: 1, sha256: "0".repeat(64) },
        parameters: parameters(),
        is_small: false,
        groups: vec![
            group(
                "headline",
                MAX_HEADLINE,
                HEADLINE_VARIANCE,
                Table {
                    name: "active".into(),
                    title: "Active installations".into(),
                    what: "Installations that recorded something.".into(),
                    why: "How many there are.".into(),
                    owner: None,
                    unit: None,
                    form: Form::Number,
                    of: None,
                    cells: vec![cell("active", active.clone(), None)],
                },
            ),
            group(
                "commands",
                10,
                100,
                Table {
                    name: "commands.worked".into(),
                    title: "Commands that worked".into(),
                    what: "Commands.".into(),
                    why: "Which are used.".into(),
                    owner: None,
                    unit: None,
                    form: Form::Several,
                    of: None,
                    cells: vec![cell("build", build.clone(), share(&build, &active))],
                },
            ),
        ],
        releases: Vec::new(),
        notes: Vec::new(),
        corrects: None,
        files: vec![crate::publication::FileHash { name: "counted.txt".into(), sha256: "0".repeat(64) }],
        previous_root: None,
        is_made_up: false,
    }))
}

fn cell(key: &str, figure: crate::publication::Figure, share: Option<crate::publication::Share>) -> Cell {
    Cell { key: key.to_owned(), label: key.to_owned(), state: CellState::Shown, figure: Some(figure), share }
}

/// The withdrawal of a publication.
pub(crate) fn withdrawal(id: &str) -> LogDocument {
    LogDocument::Withdrawal(Withdrawal {
        format: FORMAT,
        withdraws: id.to_owned(),
        product: "quarry".into(),
        day: "2027-02-01".into(),
        reason: "Counted twice.".into(),
        previous_root: "0".repeat(64),
    })
}
