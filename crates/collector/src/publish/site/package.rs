//! `datapackage.json`: the tables of the newest publication for programs that read Frictionless data packages.

use aboveboard_published::publication::{Group, Publication, Table};
use serde::Serialize;

use super::clean::file_name;
use super::data::{COLUMNS, pretty};
use super::history::Shown;
use super::interval;

#[derive(Serialize)]
struct Package<'a> {
    profile: &'static str,
    name: String,
    id: String,
    title: String,
    description: &'a str,
    version: &'a str,
    created: String,
    homepage: &'a str,
    licenses: [Licence<'a>; 1],
    contributors: [Contributor<'a>; 1],
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
struct Licence<'a> {
    name: &'a str,
    path: &'static str,
}

#[derive(Serialize)]
struct Contributor<'a> {
    title: &'a str,
    role: &'static str,
}

#[derive(Serialize)]
struct Resource<'a> {
    profile: &'static str,
    name: String,
    path: String,
    title: &'a str,
    description: &'a str,
    why: &'a str,
    owner: Option<&'a str>,
    format: &'static str,
    mediatype: &'static str,
    encoding: &'static str,
    schema: Schema<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schema<'a> {
    fields: Vec<Field<'a>>,
    missing_values: [&'static str; 1],
    primary_key: Vec<&'static str>,
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    unit: Option<&'a str>,
    description: String,
    why: &'a str,
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
}

#[derive(Serialize)]
struct Constraints {
    #[serde(rename = "enum")]
    values: [&'static str; 3],
}

/// The file.
pub(super) fn package(newest: &Shown) -> Vec<u8> {
    let publication = &newest.publication;
    let product = &publication.product;
    let tables =
        publication.groups.iter().flat_map(|group| group.tables.iter().map(move |table| (group, table)));
    pretty(&Package {
        profile: "tabular-data-package",
        name: file_name(&product.id).to_lowercase(),
        id: format!("{}/{}", product.site, publication.id),
        title: format!("{}: published figures", product.name),
        description: &product.why,
        version: &publication.id,
        created: format!("{}T00:00:00Z", publication.drawn),
        homepage: &product.site,
        licenses: [Licence { name: &product.licence, path: "LICENSE" }],
        contributors: [Contributor { title: &product.controller, role: "publisher" }],
        resources: tables
            .map(|(group, table)| resource(newest, publication, group, table))
            .chain([history()])
            .collect(),
    })
}

fn resource<'a>(newest: &Shown, publication: &Publication, group: &Group, table: &'a Table) -> Resource<'a> {
    let file = file_name(&table.name);
    let fields = COLUMNS.map(|name| field(name, publication, group, table));
    Resource {
        profile: "tabular-data-resource",
        name: file.to_lowercase(),
        path: format!("{}/{file}.csv", newest.folder()),
        title: &table.title,
        description: &table.what,
        why: &table.why,
        owner: table.owner.as_deref(),
        format: "csv",
        mediatype: "text/csv",
        encoding: "utf-8",
        schema: Schema { fields: fields.into(), missing_values: [""], primary_key: vec!["key"] },
    }
}

/// All publications in one table. Its columns are those of the tables, with what they have in common.
fn history() -> Resource<'static> {
    const WHY: &str = "To see what changed over time.";
    let columns = ["publication"].into_iter().chain(COLUMNS).map(|name| {
        let (kind, unit) = match name {
            "value" | "low" | "high" | "of" => ("integer", Some("installations")),
            "sd" => ("number", Some("installations")),
            "share" | "share_low" | "share_high" => ("number", Some("percent")),
            _ => ("string", None),
        };
        let description =
            if name == "publication" { "The publication." } else { "As in the tables of the publication." };
        Field {
            name,
            kind,
            unit,
            description: description.to_owned(),
            why: WHY,
            owner: None,
            constraints: None,
        }
    });
    Resource {
        profile: "tabular-data-resource",
        name: "history".to_owned(),
        path: "history.csv".to_owned(),
        title: "All publications",
        description: "Every figure of every publication that stands.",
        why: WHY,
        owner: None,
        format: "csv",
        mediatype: "text/csv",
        encoding: "utf-8",
        schema: Schema {
            fields: columns.collect(),
            missing_values: [""],
            primary_key: vec!["publication", "table", "key"],
        },
    }
}

fn field<'a>(name: &'static str, publication: &Publication, group: &Group, table: &'a Table) -> Field<'a> {
    let installations = Some("installations");
    let percent = Some("percent");
    let (kind, unit, description) = match name {
        "table" => ("string", None, "The table, which names its files.".to_owned()),
        "key" => ("string", None, "Names the row; that of the rest row is “rest”.".to_owned()),
        "label" => ("string", table.unit.as_deref(), "The row in words.".to_owned()),
        "value" => (
            "integer",
            installations,
            "The drawn number of installations: the true one and noise.".to_owned(),
        ),
        "low" => {
            ("integer", installations, "The true number is at least this, in 95 of 100 cases.".to_owned())
        }
        "high" => {
            ("integer", installations, "The true number is at most this, in 95 of 100 cases.".to_owned())
        }
        "sd" => (
            "number",
            installations,
            format!(
                "Standard deviation of the noise; before tables were made to add up its variance was {}.",
                group.variance
            ),
        ),
        "of" => ("integer", installations, "What the share is a share of.".to_owned()),
        "share" => ("number", percent, "The share.".to_owned()),
        "share_low" => {
            ("number", percent, "The share is at least this, in at least 95 of 100 cases.".to_owned())
        }
        "share_high" => {
            ("number", percent, "The share is at most this, in at least 95 of 100 cases.".to_owned())
        }
        _ => (
            "string",
            None,
            format!(
                "“shown”; “few” where the drawn number is below {}; “rest” for rows that were put together.",
                interval::threshold(group.variance, publication.parameters.threshold)
            ),
        ),
    };
    let constraints = (name == "state").then_some(Constraints { values: ["shown", "few", "rest"] });
    Field { name, kind, unit, description, why: &table.why, owner: table.owner.as_deref(), constraints }
}
