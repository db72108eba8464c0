//! The licence of the figures.

use aboveboard_published::publication::Product;

/// Identifier, name and address of the licences that a manifest may choose.
const LICENCES: [(&str, &str, &str); 3] = [
    (
        "CC0-1.0",
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    (
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    (
        "ODC-By-1.0",
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
    ),
];

/// The file.
pub(super) fn licence(product: &Product) -> String {
    let known = LICENCES.iter().find(|(id, ..)| *id == product.licence);
    let name = known.map_or(product.licence.as_str(), |(_, name, _)| name);
    let address =
        known.map(|(_, _, address)| format!("The text of the licence: {address}\n")).unwrap_or_default();
    let attribution = match product.licence.as_str() {
        "CC0-1.0" => "Use them for whatever you like. Nobody has to be named.\n".to_owned(),
        _ => format!("Name the source: {}, {}\n", product.controller, product.site),
    };
    format!(
        "The published figures of {} are under: {name}\nSPDX-License-Identifier: {}\n\n{attribution}{address}",
        product.name, product.licence
    )
}
