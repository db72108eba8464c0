//! The overview of all products as a page, a table and data.

use aboveboard_store::calendar::Day;
use aboveboard_store::context::MarksFilter;
use askama::Template;
use serde_json::{Value, json};

use super::query::OverviewQuery;
use super::summary::{ProductSummary, summaries};
use crate::access::Access;
use crate::dates::iso;
use crate::page::assets;
use crate::page::chooser::Chooser;
use crate::page::error::PageError;
use crate::page::format;
use crate::page::health::{HealthLine, HealthMessage, of_collector};
use crate::page::query::PageQuery;
use crate::page::state::PageState;
use crate::page::table::{CellValue, Table, column};

/// The small chart: so wide and high in its own units.
const WIDTH: f64 = 112.0;
const HEIGHT: f64 = 24.0;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    chooser: Chooser,
    health: HealthLine,
    find: String,
    products: Vec<ProductView>,
    /// How many there are in all.
    all: String,
    /// The same with other data: its address, and what it shows.
    other_data: (String, &'static str),
}

struct ProductView {
    name: String,
    id: String,
    address: String,
    spark: Option<Spark>,
    numbers: [NumberView; 2],
    last_batch: Option<(String, String)>,
    message: Option<(&'static str, &'static str, String)>,
    /// How much else is to be said of it that is not calm.
    more: u64,
}

impl ProductView {
    /// Whether the id says more than the name does.
    fn has_other_id(&self) -> bool {
        self.id != self.name.to_lowercase()
    }
}

struct NumberView {
    title: &'static str,
    number: String,
    change: Option<String>,
}

/// A line of active installations by day.
struct Spark {
    points: String,
    /// The same in words.
    words: String,
}

/// What an address of the overview leads to.
pub(crate) enum Found {
    Page(String),
    /// The one product that is named, at its address.
    Product(String),
}

/// The overview; `query` is what goes along to a product's page.
pub(crate) fn overview(
    state: &PageState,
    access: &Access,
    query: &OverviewQuery,
) -> Result<Found, PageError> {
    let OverviewQuery { find, along } = query;
    let all = summaries(state, access, along)?;
    let mut named = all.iter().filter(|product| !find.is_empty() && product.is_named(find));
    if let (Some(product), None) = (named.next(), named.next()) {
        return Ok(Found::Product(along.of_product(&product.id).address()));
    }
    let ids: Vec<String> = all.iter().map(|product| product.id.clone()).collect();
    let view = Overview {
        chooser: Chooser::of(&state.manifests, &ids, None, along).finding(find),
        health: HealthLine::of_collector(of_collector(state, access, &ids)),
        find: find.clone(),
        other_data: other_data(along),
        all: format::counted(all.len() as u64, "product", "products"),
        products: all
            .iter()
            .filter(|product| product.is_like(find))
            .map(|product| view(product, along))
            .collect(),
    };
    Ok(Found::Page(view.render()?))
}

/// Everything, or back to headline figures.
fn other_data(along: &PageQuery) -> (String, &'static str) {
    let is_headline = along.contexts.marks == MarksFilter::default();
    let mut other = along.clone();
    other.contexts.marks = if is_headline { MarksFilter::All } else { MarksFilter::default() };
    let words =
        if is_headline { "Show everything, also synthetic and test data" } else { "Show headline figures" };
    (other.at("products"), words)
}

fn view(product: &ProductSummary, query: &PageQuery) -> ProductView {
    let number = |title, (now, before): (Option<u64>, Option<u64>)| NumberView {
        title,
        number: now.map_or_else(|| "–".to_owned(), format::count),
        change: now.zip(before).map(|(now, before)| format::change(now, before)),
    };
    let message = product.loudest().filter(|message| !message.is_calm());
    let loud = product.health.iter().filter(|message| !message.is_calm()).count() as u64;
    ProductView {
        name: product.name.clone(),
        id: product.id.clone(),
        address: query.of_product(&product.id).address(),
        spark: spark(&product.days),
        numbers: [number("28 days", product.active_28), number("7 days", product.active_7)],
        last_batch: product.last_batch.clone(),
        message: message.map(|message| {
            let mark = if message.is_bad() { "Look:" } else { "Note:" };
            (message.severity.name(), mark, message.text.clone())
        }),
        more: loud.saturating_sub(1),
    }
}

/// None where nobody was there.
#[allow(clippy::cast_precision_loss, reason = "of a chart")]
fn spark(days: &[(Day, Option<u64>)]) -> Option<Spark> {
    let most = days.iter().filter_map(|(_, active)| *active).max().filter(|most| *most > 0)?;
    let step = WIDTH / (days.len().saturating_sub(1).max(1)) as f64;
    let known = days.iter().enumerate().filter_map(|(at, (_, active))| Some((at, (*active)?)));
    let point = |(at, active): (usize, u64)| {
        let y = HEIGHT - 1.0 - (HEIGHT - 2.0) * active as f64 / most as f64;
        format!("{:.1},{y:.1}", at as f64 * step)
    };
    let points: Vec<String> = known.map(point).collect();
    let last = days.iter().rev().find_map(|(_, active)| *active).unwrap_or(0);
    let words = format!(
        "Active installations by day, 28 days: at most {}, {} on the last",
        format::count(most),
        format::count(last)
    );
    Some(Spark { points: points.join(" "), words })
}

/// The overview as a table.
pub(crate) fn table(all: &[ProductSummary]) -> Table {
    let columns = [
        column("product", "Product"),
        column("name", "Name"),
        column("active_28", "Active in 28 days"),
        column("active_28_before", "28 days before"),
        column("active_7", "Active in 7 days"),
        column("active_7_before", "7 days before"),
        column("last_batch", "Last batch"),
        column("severity", "Severity"),
        column("message", "Message"),
    ];
    let mut table = Table::new("Products", "products", columns);
    let counted = |n: Option<u64>| CellValue::or_none(n, CellValue::Count);
    for product in all {
        let loudest = product.loudest();
        table.push([
            CellValue::text(&product.id),
            CellValue::text(&product.name),
            counted(product.active_28.0),
            counted(product.active_28.1),
            counted(product.active_7.0),
            counted(product.active_7.1),
            CellValue::or_none(product.last_received, |at| CellValue::Text(format::instant(at))),
            CellValue::or_none(loudest, |message| CellValue::text(message.severity.name())),
            CellValue::or_none(loudest, |message| CellValue::text(&message.text)),
        ]);
    }
    table.n = all.len() as u64;
    table.note = "Whole days, ending yesterday, UTC.".to_owned();
    table
}

/// The overview as data: the table, and of each product the days and everything that is to be said.
pub(crate) fn data(all: &[ProductSummary]) -> Value {
    let mut json = table(all).json("products", "../products");
    for (row, product) in json["rows"].as_array_mut().into_iter().flatten().zip(all) {
        let day = |(day, active): &(Day, Option<u64>)| json!({"day": iso(*day), "active": active});
        row["days"] = product.days.iter().map(day).collect();
        row["messages"] = product.health.iter().map(HealthMessage::json).collect();
    }
    json
}
