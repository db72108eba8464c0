//! A made-up site of published figures, with everything that counts and without pages: what a check of one reads.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use aboveboard_published::canonical;
use aboveboard_published::counted;
use aboveboard_published::figures::{figure, share};
use aboveboard_published::key::{Signer, Verifier, origin};
use aboveboard_published::ledger::Ledger;
use aboveboard_published::note::Checkpoint;
use aboveboard_published::parameters::{HEADLINE_VARIANCE, MAX_HEADLINE, parameters};
use aboveboard_published::paths;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{
    Cell, CellState, FORMAT, Figure, FileHash, Form, Group, LogDocument, ManifestReference, Note, Product,
    Publication, Table, Withdrawal,
};
use aboveboard_published::ratio::Ratio;
use aboveboard_published::tree::{Digest, leaf, root};
use aboveboard_published::verify::{Fetched, SiteFiles};
use aboveboard_types::clock::day_stamp;
use aboveboard_types::hex;
use serde_json::json;

/// The variance of the detail tables: 10 ones lose 1/20.
const DETAIL_VARIANCE: u64 = 100;

/// A site.
#[derive(Clone, Debug)]
pub struct MadeUpSite {
    /// The product.
    pub product: String,
    /// Its address.
    pub address: String,
    /// Everything that lies there, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The documents of the log.
    pub documents: Vec<LogDocument>,
    leaves: Vec<Digest>,
}

impl MadeUpSite {
    /// A site of the product `quarry` with nothing, and a signed empty log.
    #[must_use]
    pub fn empty(address: &str) -> Self {
        Self::of_product("quarry", address)
    }

    /// The same of another product.
    #[must_use]
    pub fn of_product(product: &str, address: &str) -> Self {
        let mut site = Self {
            product: product.to_owned(),
            address: address.to_owned(),
            files: BTreeMap::new(),
            documents: Vec::new(),
            leaves: Vec::new(),
        };
        site.sign(&site.signer(1));
        site
    }

    /// Three quarters, of which the second was withdrawn and corrected.
    #[must_use]
    pub fn of_three_quarters(address: &str) -> Self {
        let mut site = Self::empty(address);
        site.publish("2026-q2", 1180);
        site.publish("2026-q3", 2460);
        site.withdraw("2026-q3");
        site.publish("2026-q3.2", 1230);
        site.publish("2026-q4", 1240);
        site
    }

    /// One of its possible keys.
    #[must_use]
    pub fn signer(&self, seed: u8) -> Signer {
        Signer::from_seed(origin(&self.address), &[seed; 32]).unwrap()
    }

    /// The public half of the key that signs it.
    #[must_use]
    pub fn key(&self) -> Verifier {
        self.signer(1).verifier().clone()
    }

    /// Adds a publication of so many active installations.
    pub fn publish(&mut self, id: &str, active: i64) {
        self.publish_as(id, active, |_| {});
    }

    /// Adds a publication that says something else.
    pub fn publish_as(&mut self, id: &str, active: i64, change: impl FnOnce(&mut Publication)) {
        let mut publication = publication(&self.product, &self.address, id, active);
        publication.previous_root = self.previous_root();
        change(&mut publication);
        let files = files(&publication);
        self.publish_document(publication, files);
    }

    /// Adds a publication whose files say something else.
    pub fn publish_with_files(&mut self, id: &str, active: i64, change: impl Fn(&str, Vec<u8>) -> Vec<u8>) {
        let mut publication = publication(&self.product, &self.address, id, active);
        publication.previous_root = self.previous_root();
        let files = files(&publication).into_iter().map(|(name, bytes)| {
            let bytes = change(&name, bytes);
            (name, bytes)
        });
        let files = files.collect();
        self.publish_document(publication, files);
    }

    fn publish_document(&mut self, mut publication: Publication, files: Vec<(String, Vec<u8>)>) {
        for (name, bytes) in files {
            let sha256 = hex::encode(&hmac_sha256::Hash::hash(&bytes));
            self.files.insert(paths::file(&publication.id, &name), bytes);
            publication.files.push(FileHash { name, sha256 });
        }
        self.add(LogDocument::Publication(Box::new(publication)));
    }

    /// Adds a withdrawal.
    pub fn withdraw(&mut self, id: &str) {
        self.add(LogDocument::Withdrawal(Withdrawal {
            format: FORMAT,
            withdraws: id.to_owned(),
            product: self.product.clone(),
            day: "2026-11-02".into(),
            reason: "Installations of the maker's own tests were counted.".into(),
            previous_root: self.previous_root().unwrap(),
        }));
    }

    /// Adds a document to the log, and signs it.
    pub fn add(&mut self, document: LogDocument) {
        let bytes = document.bytes().unwrap();
        self.leaves.push(leaf(&bytes));
        self.files.insert(paths::document(&document), bytes);
        self.documents.push(document);
        self.sign(&self.signer(1));
    }

    fn previous_root(&self) -> Option<String> {
        (!self.leaves.is_empty()).then(|| hex::encode(&root(&self.leaves)))
    }

    /// Writes the ledger, the leaves, the keys and the head that `signer` signs.
    pub fn sign(&mut self, signer: &Signer) {
        let leaves: String = self.leaves.iter().map(|leaf| format!("{}\n", hex::encode(leaf))).collect();
        let checkpoint = Checkpoint {
            origin: origin(&self.address).to_owned(),
            size: self.leaves.len() as u64,
            root: root(&self.leaves),
        };
        let ledger = self.ledger();
        self.files.insert(paths::LEAVES.into(), leaves.into());
        self.files.insert(paths::CHECKPOINT.into(), checkpoint.sign(signer).into());
        self.files.insert(paths::KEYS.into(), format!("{}\n", signer.verifier()).into());
        self.files.insert(paths::LEDGER.into(), canonical::write(&ledger).unwrap());
    }

    /// The ledger. Where documents say what cannot be added up, that of the parameters that they should have.
    fn ledger(&self) -> Ledger {
        Ledger::of(&self.product, &self.documents).unwrap_or_else(|| {
            let documents = self.documents.iter().cloned().map(|mut document| {
                if let LogDocument::Publication(publication) = &mut document {
                    publication.parameters = parameters();
                }
                document
            });
            Ledger::of(&self.product, &documents.collect::<Vec<_>>()).unwrap()
        })
    }

    /// Serves the site over HTTP below `/figures`, and a redirect below `/moved`. Gives the address of the host, which ends with the
    /// test.
    #[must_use]
    pub fn serve(&self) -> String {
        let files = self.files.clone();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let Some(request) = lines.next() else { continue };
                let _ = lines.find(String::is_empty);
                let path = request.split(' ').nth(1).unwrap_or_default();
                let (head, body) = match path.strip_prefix("/figures/").and_then(|path| files.get(path)) {
                    Some(bytes) => ("200 OK", bytes.as_slice()),
                    None if path.starts_with("/moved") => {
                        ("301 Moved\r\nlocation: /figures/checkpoint", &b""[..])
                    }
                    None => ("404 Not Found", &b""[..]),
                };
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = (&stream).write_all(&[head.as_bytes(), body].concat());
            }
        });
        address
    }

    /// Writes the site into a directory.
    pub fn write_to(&self, directory: &Path) {
        for (path, bytes) in &self.files {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

impl SiteFiles for MadeUpSite {
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String> {
        match self.files.get(path) {
            None => Ok(Fetched::Missing),
            Some(bytes) if bytes.len() > max => Err("too long".to_owned()),
            Some(bytes) => Ok(Fetched::Found(bytes.clone())),
        }
    }
}

fn publication(product: &str, address: &str, id: &str, active: i64) -> Publication {
    let id = PublicationId::parse(id).unwrap();
    let corrected = PublicationId { draw: id.draw - 1, ..id };
    let corrects = id.is_correction().then(|| corrected.to_string());
    let correction = Note { about: "correction".into(), text: "Without the maker's own tests.".into() };
    Publication {
        format: FORMAT,
        id: id.to_string(),
        product: Product {
            id: product.into(),
            name: "Quarry".into(),
            controller: "Quarry Foundation".into(),
            contact: "privacy@quarry.example".into(),
            site: address.into(),
            licence: "CC0-1.0".into(),
            why: "Users and packagers see what their data is used for.".into(),
        },
        period: id.period.document(),
        drawn: day_stamp(id.period.earliest_draw() + 1),
        next_due: day_stamp(id.period.next().due()),
        manifest: ManifestReference { revision: 3, sha256: "ab".repeat(32) },
        parameters: parameters(),
        is_small: false,
        groups: groups(active),
        releases: Vec::new(),
        notes: if id.is_correction() { vec![correction] } else { Vec::new() },
        corrects,
        files: Vec::new(),
        previous_root: None,
        is_made_up: false,
    }
}

fn groups(active: i64) -> Vec<Group> {
    let all = figure(active, Ratio::whole(HEADLINE_VARIANCE));
    let headline = |name: &str, of: Option<Figure>, cells| table(name, Form::Partition, of, cells);
    let linux = active / 2;
    let windows = active / 4;
    let shown = |key: &str, value: i64, variance: u64, whole: Option<&Figure>| {
        cell(key, CellState::Shown, figure(value, Ratio::whole(variance)), whole)
    };
    let rest = figure(active - linux - windows, Ratio::whole(HEADLINE_VARIANCE * 3));
    let platforms = vec![
        shown("linux/x86_64", linux, HEADLINE_VARIANCE, Some(&all)),
        shown("windows/x86_64", windows, HEADLINE_VARIANCE, Some(&all)),
        cell("rest", CellState::Rest(3), rest, Some(&all)),
    ];
    let few = Cell {
        key: "catalog lint".into(),
        label: "catalog lint".into(),
        state: CellState::Few,
        figure: None,
        share: None,
    };
    let commands = vec![
        shown("build", active / 3, DETAIL_VARIANCE, Some(&all)),
        shown("catalog, \"merge\"", active / 5, DETAIL_VARIANCE, Some(&all)),
        few,
    ];
    let active = vec![shown("active", active, HEADLINE_VARIANCE, None)];
    let group = |name: &str, at_most, variance, tables| {
        let components = ["server", "cli", "app"].map(str::to_owned).to_vec();
        Group { name: name.to_owned(), components, at_most, variance, tables }
    };
    vec![
        group(
            "headline",
            MAX_HEADLINE,
            HEADLINE_VARIANCE,
            vec![table("active", Form::Number, None, active), headline("platform", Some(all), platforms)],
        ),
        group("commands", 10, DETAIL_VARIANCE, vec![table("commands.worked", Form::Several, None, commands)]),
    ]
}

fn table(name: &str, form: Form, of: Option<Figure>, cells: Vec<Cell>) -> Table {
    Table {
        name: name.into(),
        title: name.into(),
        what: "Installations.".into(),
        why: "How many there are.".into(),
        owner: None,
        unit: None,
        form,
        of,
        cells,
    }
}

fn cell(key: &str, state: CellState, figure: Figure, whole: Option<&Figure>) -> Cell {
    let share = whole.and_then(|whole| share(&figure, whole));
    Cell { key: key.into(), label: key.into(), state, figure: Some(figure), share }
}

/// Each table as CSV and as JSON, and the list of counted installations.
fn files(publication: &Publication) -> Vec<(String, Vec<u8>)> {
    let tables = publication.groups.iter().flat_map(|group| &group.tables);
    let files = tables.flat_map(|table| {
        let json = serde_json::to_vec_pretty(
            &json!({ "table": table.name, "cells": table.cells.iter().map(json_cell).collect::<Vec<_>>() }),
        );
        [
            (format!("{}.csv", table.name), csv(table).into_bytes()),
            (format!("{}.json", table.name), json.unwrap()),
        ]
    });
    let list = (format!("{}.txt", counted::STEM), counted_list(&publication.product.id, &publication.id));
    files.chain(std::iter::once(list)).collect()
}

fn json_cell(cell: &Cell) -> serde_json::Value {
    json!({ "key": cell.key, "state": cell.state.word(), "figure": cell.figure, "share": cell.share })
}

fn csv(table: &Table) -> String {
    let mut text = String::from("table,key,label,value,low,high,sd,of,share,share_low,share_high,state\r\n");
    for cell in &table.cells {
        let quoted = cell.key.replace('"', "\"\"");
        let figure = cell.figure.as_ref().map_or(",,,".to_owned(), |figure| {
            format!("{},{},{},{}", figure.value, figure.low, figure.high, figure.sd)
        });
        let share = cell
            .share
            .as_ref()
            .map_or(",,".to_owned(), |share| format!("{},{},{}", share.value, share.low, share.high));
        text +=
            &format!("{},\"{quoted}\",\"{quoted}\",{figure},,{share},{}\r\n", table.name, cell.state.word());
    }
    text
}

/// The lines of five installations.
fn counted_list(product: &str, id: &str) -> Vec<u8> {
    let period = PublicationId::parse(id).unwrap().period.to_string();
    let mut lines: Vec<String> = (0..5)
        .map(|installation| {
            counted::line(product, id, &counted::of_period(&counted::value(&[installation; 32]), &period))
        })
        .collect();
    lines.sort();
    lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
}
