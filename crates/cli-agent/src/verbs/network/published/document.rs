//! What was found as one JSON document.

use aboveboard_published::publication::Publication;
use aboveboard_published::verify::{Findings, Newest};
use aboveboard_types::hex;
use serde_json::{Value, json};

use super::counted::Counted;
use super::own::Own;

/// The document of what was found; `rows` are those of the publication to which something of this installation belongs.
pub(super) fn of(
    address: &str,
    newest: &Newest,
    publication: Option<&Publication>,
    is_withdrawn: bool,
    own: &Own,
    counted: Option<&Counted>,
    is_remembered: bool,
) -> Value {
    let head = newest.head.as_ref().map(|head| {
        let checkpoint = head.checkpoint();
        json!({ "origin": checkpoint.origin, "size": checkpoint.size, "root": hex::encode(&checkpoint.root) })
    });
    json!({
        "site": address,
        "fits": newest.head.is_some(),
        "findings": findings(&newest.findings),
        "head": head,
        "remembered": is_remembered,
        "publication": publication,
        "withdrawn": is_withdrawn,
        "sent_batches": own.batches,
        "rows": publication.map(|publication| rows(publication, own)),
        "counted": counted.map(of_counted),
    })
}

fn findings(findings: &Findings) -> Vec<Value> {
    let findings = findings.iter();
    findings
        .map(|finding| json!({ "file": finding.file, "what": finding.what, "remedy": finding.remedy }))
        .collect()
}

fn rows(publication: &Publication, own: &Own) -> Vec<Value> {
    let tables = publication.groups.iter().flat_map(|group| &group.tables);
    tables
        .flat_map(|table| own.keys_of(&table.name).map(|key| json!({ "table": table.name, "key": key })))
        .collect()
}

fn of_counted(counted: &Counted) -> Value {
    match counted {
        Counted::Listed(line) => json!({ "listed": true, "lines": [line] }),
        Counted::NotListed(lines) => json!({ "listed": false, "lines": lines }),
        Counted::Unknown(why) => json!({ "listed": null, "why": why }),
    }
}
