//! Documents that are made up, for tests and pictures: years of quarters of a product, each with what a publication can have.

use aboveboard_published::figures;
use aboveboard_published::parameters::parameters;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::*;
use aboveboard_published::ratio::Ratio;

/// The variance of the details of the sample.
const DETAILS: u64 = 190;

/// A publication of a number of installations. `turn` makes one differ from the next.
pub fn publication(id: &str, active: i64, turn: i64) -> Publication {
    let parsed = PublicationId::parse(id).unwrap();
    let all = figures::figure(active, Ratio::new(75, 2).unwrap());
    let groups = vec![headline(&all, turn), commands(&all, turn), sizes(&all), events(&all)];
    Publication {
        format: FORMAT,
        id: id.to_owned(),
        product: Product {
            id: "quarry".into(),
            name: "Quarry".into(),
            controller: "The Quarry project, Musterstraße 1, 10115 Berlin".into(),
            contact: "privacy@quarry.example".into(),
            site: "https://quarry.example/figures".into(),
            licence: "CC0-1.0".into(),
            why: "Users and packagers see what their data is used for.".into(),
        },
        period: parsed.period.document(),
        drawn: text(parsed.period.earliest_draw() + 1),
        next_due: text(parsed.period.next().due()),
        manifest: ManifestReference { revision: 4, sha256: "3f".repeat(32) },
        parameters: parameters(),
        is_small: false,
        groups,
        releases: vec![
            release("1.4", Some("2025-05-06")),
            release("1.5", Some("2025-11-18")),
            release("2.0", Some("2026-04-14")),
            release("2.1", Some("2026-11-03")),
            release("1.3", None),
        ],
        notes: vec![],
        corrects: None,
        files: vec![FileHash { name: "counted.txt".into(), sha256: "00".repeat(32) }],
        previous_root: None,
        is_made_up: false,
    }
}

/// A publication that says only that there are few.
pub fn small(id: &str) -> Publication {
    Publication { is_small: true, groups: vec![], files: vec![], ..publication(id, 100, 0) }
}

/// A withdrawal.
pub fn withdrawal(id: &str, day: &str, reason: &str) -> Withdrawal {
    Withdrawal {
        format: FORMAT,
        withdraws: id.to_owned(),
        product: "quarry".into(),
        day: day.to_owned(),
        reason: reason.to_owned(),
        previous_root: "00".repeat(32),
    }
}

fn text(day: u32) -> String {
    aboveboard_types::clock::day_stamp(day)
}

fn release(line: &str, day: Option<&str>) -> Release {
    Release { line: line.to_owned(), day: day.map(str::to_owned) }
}

fn group(name: &str, at_most: u32, variance: u64, tables: Vec<Table>) -> Group {
    Group {
        name: name.to_owned(),
        components: vec!["server".into(), "cli".into()],
        at_most,
        variance,
        tables,
    }
}

fn table(name: &str, title: &str, form: Form, of: Option<Figure>, cells: Vec<Cell>) -> Table {
    Table {
        name: name.to_owned(),
        title: title.to_owned(),
        what: match name {
            "age" => "Since when an installation is there".into(),
            _ => format!("{title}, as an installation last reported it"),
        },
        why: "Which of these to keep, to test first and to make faster is decided by it.".into(),
        owner: Some("The maintainers".into()),
        unit: None,
        form,
        of,
        cells,
    }
}

/// A cell as it is published: with its figure, or as few.
fn cell(key: &str, label: &str, value: i64, variance: u64, of: Option<&Figure>) -> Cell {
    let figure = figures::figure(value, Ratio::whole(variance));
    let is_shown = figures::is_shown(&figure, parameters().threshold);
    let share = of.and_then(|of| figures::share(&figure, of)).filter(|_| is_shown);
    let state = if is_shown { CellState::Shown } else { CellState::Few };
    Cell { key: key.to_owned(), label: label.to_owned(), state, figure: is_shown.then_some(figure), share }
}

fn rest(cells: u32, value: i64, of: &Figure) -> Cell {
    Cell { state: CellState::Rest(cells), ..cell("rest", "rest", value, 50 * u64::from(cells), Some(of)) }
}

fn headline(all: &Figure, turn: i64) -> Group {
    let n = all.value;
    let part = |key: &str, label: &str, of_1000: i64| cell(key, label, n * of_1000 / 1_000, 50, Some(all));
    let active = Cell { figure: Some(all.clone()), ..cell("active", "active installations", n, 50, None) };
    let partition = |name, title, cells| table(name, title, Form::Partition, Some(all.clone()), cells);
    let newest = (turn * 60).min(620);
    group(
        "headline",
        5,
        50,
        vec![
            table("active", "Active installations", Form::Number, None, vec![active]),
            partition(
                "age",
                "New and old",
                vec![
                    part("new", "First seen in the period", 190),
                    part("before", "First seen in the period before", 140),
                    part("older", "Seen before that", 670),
                ],
            ),
            partition(
                "component",
                "Components",
                vec![part("cli", "Command line", 610), part("server", "Server", 390)],
            ),
            partition(
                "platform",
                "Platforms",
                vec![
                    part("linux/x86_64", "linux/x86_64", 532),
                    part("macos/aarch64", "macos/aarch64", 224),
                    part("windows/x86_64", "windows/x86_64", 131),
                    part("linux/aarch64", "linux/aarch64", 68),
                    rest(3, n * 45 / 1_000, all),
                ],
            ),
            partition(
                "version",
                "Versions",
                vec![
                    part("2.1", "2.1", 120 + newest),
                    part("2.0", "2.0", 560 - newest * 2 / 3),
                    part("1.5", "1.5", 210 - newest / 3),
                    part("1.4", "1.4", 60),
                    rest(4, n * 50 / 1_000, all),
                ],
            ),
        ],
    )
}

const COMMANDS: [(&str, i64, i64); 10] = [
    ("init", 610, 40),
    ("migrate apply", 540, 62),
    ("migrate create", 500, 21),
    ("console", 420, 12),
    ("metadata export", 260, 19),
    ("metadata apply", 250, 74),
    ("version", 180, 1),
    ("migrate status", 120, 9),
    ("metadata clear", 48, 11),
    ("completion", 13, 2),
];

fn commands(all: &Figure, turn: i64) -> Group {
    let cells = |which: fn(&(&str, i64, i64)) -> i64| {
        let of = |row: &(&str, i64, i64)| {
            cell(row.0, row.0, all.value * which(row) / 1_000 + turn % 3, DETAILS, Some(all))
        };
        COMMANDS.iter().map(of).collect()
    };
    let worked = table("commands.worked", "Commands that work", Form::Several, None, cells(|row| row.1));
    let failing = table(
        "commands.failing",
        "Commands that fail at least every second time",
        Form::Several,
        None,
        cells(|row| row.2),
    );
    group("commands", 10, DETAILS, vec![worked, failing])
}

fn sizes(all: &Figure) -> Group {
    let of = figures::figure(all.value * 39 / 100, Ratio::whole(DETAILS));
    let part = |key: &str, of_1000: i64| cell(key, key, of.value * of_1000 / 1_000, DETAILS, Some(&of));
    let steps = |name, title, unit: &str, cells| Table {
        unit: Some(unit.to_owned()),
        ..table(name, title, Form::Partition, Some(of.clone()), cells)
    };
    let split = |key: &str, of_1000: i64| cell(key, key, all.value * of_1000 / 1_000, DETAILS, Some(all));
    group(
        "sizes",
        9,
        DETAILS,
        vec![
            steps(
                "sizes.tables",
                "Tables",
                "tables",
                vec![
                    part("1–9", 170),
                    part("10–99", 512),
                    part("100–999", 268),
                    Cell { state: CellState::Rest(2), ..part("rest", 95) },
                ],
            ),
            steps(
                "sizes.views",
                "Views",
                "views",
                vec![part("0", 190), part("1–9", 480), part("10–99", 330)],
            ),
            table(
                "sizes.permissions",
                "Permissions",
                Form::Several,
                None,
                vec![split("select", 362), split("insert", 290), split("update", 241), split("delete", 18)],
            ),
        ],
    )
}

fn events(all: &Figure) -> Group {
    let several = |key: &str, label: &str, of_1000: i64| {
        cell(key, label, all.value * of_1000 / 1_000, DETAILS, Some(all))
    };
    let happened = several("happened", "Happened", 430);
    let of = happened.figure.clone().unwrap_or_else(|| all.clone());
    let part = |key: &str, label: &str, of_1000: i64| {
        cell(key, label, of.value * of_1000 / 1_000, DETAILS, Some(&of))
    };
    group(
        "events.migrated",
        3,
        DETAILS,
        vec![
            table("events.migrated", "Migrations ended", Form::Number, None, vec![happened]),
            table(
                "events.migrated.direction",
                "Migrations ended: direction",
                Form::Partition,
                Some(of.clone()),
                vec![part("up", "up", 705), part("down", "down", 295)],
            ),
            table(
                "events.migrated.took",
                "Migrations ended: took",
                Form::Partition,
                Some(of.clone()),
                vec![
                    part("0-1000", "below 1 s", 430),
                    part("1000-10000", "1 s to 10 s", 390),
                    part("10000-", "10 s and more", 180),
                ],
            ),
        ],
    )
}

/// Seven quarters: the first of them small, one withdrawn, one corrected.
pub fn log() -> Vec<LogDocument> {
    let whole = |publication| LogDocument::Publication(Box::new(publication));
    let mut corrected = publication("2026-q2.2", 1_004, 2);
    corrected.corrects = Some("2026-q2".into());
    corrected.notes.push(Note {
        about: "correction".into(),
        text: "Reports of release 2.0 had been refused by mistake; they have been read since.".into(),
    });
    let mut held = publication("2026-q3", 1_131, 5);
    held.notes.push(Note {
        about: "held".into(),
        text: "Release 2.0 is in Debian since July; the new installations are real.".into(),
    });
    vec![
        whole(small("2025-q2")),
        whole(publication("2025-q3", 312, 0)),
        whole(publication("2025-q4", 655, 0)),
        whole(publication("2026-q1", 702, 1)),
        LogDocument::Withdrawal(withdrawal(
            "2026-q1",
            "2026-04-28",
            "Data of eleven days of February is missing: the collector's disk was full.",
        )),
        whole(publication("2026-q2", 1_391, 2)),
        whole(corrected),
        whole(held),
        whole(publication("2026-q4", 1_240, 9)),
    ]
}

/// A publication in which every text is `payload`, besides what has to be read: ids of cells that stand out, days and numbers.
pub fn hostile(publication: &Publication, payload: &str) -> Publication {
    let mut publication = publication.clone();
    let product = &mut publication.product;
    for text in [
        &mut product.id,
        &mut product.name,
        &mut product.controller,
        &mut product.contact,
        &mut product.site,
        &mut product.licence,
        &mut product.why,
    ] {
        *text = payload.to_owned();
    }
    publication.manifest.sha256 = payload.to_owned();
    publication.notes = vec![Note { about: payload.to_owned(), text: payload.to_owned() }];
    for release in &mut publication.releases {
        release.line = payload.to_owned();
    }
    for group in &mut publication.groups {
        group.components = vec![payload.to_owned()];
        for table in &mut group.tables {
            for text in [&mut table.title, &mut table.what, &mut table.why] {
                *text = payload.to_owned();
            }
            table.owner = Some(payload.to_owned());
            table.unit = Some(payload.to_owned());
            for cell in &mut table.cells {
                cell.label = payload.to_owned();
            }
            if !["active", "age"].contains(&table.name.as_str()) {
                table.name = format!("{}{payload}", table.name);
                table.cells.iter_mut().for_each(|cell| cell.key.push_str(payload));
            }
        }
    }
    publication
}
