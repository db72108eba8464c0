//! The page, section by section.

use super::render::{self, Block, heading, literal, paragraph};
use super::{collected, example, published, rights, turn_off};
use crate::model::Manifest;

impl Manifest {
    /// The disclosure page in Markdown.
    #[must_use]
    pub fn disclosure_markdown(&self) -> String {
        render::markdown(&page(self))
    }

    /// The disclosure page as one HTML document without scripts.
    #[must_use]
    pub fn disclosure_html(&self) -> String {
        render::html(&page(self), &format!("What {} collects", self.product.name))
    }
}

fn page(manifest: &Manifest) -> Vec<Block> {
    let product = &manifest.product;
    let mut page = vec![
        heading(1, format!("What {} collects", product.name)),
        paragraph(format!(
            "This page is generated from revision {} of the telemetry manifest of {}. What the manifest does not list \
             cannot be recorded, and the collector refuses it. There is no field for free text: what is sent are \
             names on this page, numbers, versions, random ids, and codes from fixed lists.",
            product.revision, product.name
        )),
    ];
    page.extend(destination(manifest));
    for (component, policy) in manifest.components() {
        page.extend(turn_off::section(manifest, component, policy));
    }
    page.extend(collected::section(manifest));
    page.extend(published::section(manifest));
    page.extend(examples(manifest));
    page.extend(rights::section(manifest));
    page
}

fn destination(manifest: &Manifest) -> [Block; 3] {
    let product = &manifest.product;
    let rows = [
        ("Sent to", Some(format!("`{}`, over https", product.endpoint))),
        ("Controller", Some(product.controller.clone())),
        ("Other recipients", product.recipients.clone()),
        (
            "Published",
            manifest
                .publish
                .as_ref()
                .map(|_| "numbers of installations, with noise added; see below".to_owned()),
        ),
        ("Contact", Some(literal(&product.contact))),
        ("Hosted in", Some(format!("`{}` (ISO 3166-1 country code)", product.hosting))),
        (
            "Kept for",
            Some(format!("{}; after that only totals without any installation id remain", product.retention)),
        ),
        ("Privacy policy", product.policy.as_ref().map(literal)),
    ];
    let rows = rows.into_iter().filter_map(|(what, value)| Some(vec![what.to_owned(), value?]));
    [
        heading(2, "Where it goes and who answers for it"),
        Block::Table(vec!["", ""], rows.collect()),
        paragraph(
            "Builds that are not made by the project send nothing to this address, unless the person who runs them \
             sets it as their endpoint.",
        ),
    ]
}

fn examples(manifest: &Manifest) -> Vec<Block> {
    let declaration = manifest.declaration();
    let mut page = Vec::new();
    for (component, _) in manifest.components() {
        let Some(batch) = example::batch(&declaration, component) else { continue };
        if page.is_empty() {
            page.push(heading(2, "An example of what is sent"));
            page.push(paragraph(
                "The agent's own code made these batches, from made-up numbers and ids; line breaks are added for \
                 reading.",
            ));
        }
        page.push(paragraph(format!("From the {}:", render::title(component))));
        page.push(Block::Json(example::indent(&batch)));
    }
    page
}
