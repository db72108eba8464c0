//! `aboveboard publish plan`: how sharp the figures of a manifest would be, before anything is drawn.

use std::process::ExitCode;

use aboveboard_agent::{Product, manifest_file, output};
use aboveboard_collector::publish::{Plan, PlannedSize};
use aboveboard_store::contributions::Layout;
use anyhow::ensure;

use super::arguments::Printing;

/// What `publish plan` takes, besides the manifest.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// About how many installations there are. It is asked of you, so that what you choose cannot depend on the data
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    about: Option<u64>,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    let file = product.manifest()?;
    let manifest = manifest_file::read(file)?;
    ensure!(
        manifest.publish.is_some(),
        "{} publishes nothing: write [publish] into it, with the tables that you think of",
        file.display()
    );
    let layout = Layout::of(&manifest, &manifest.product.releases);
    let plan = Plan::of(&layout, options.about)?;
    if options.printing.json {
        output::data(&serde_json::to_string(&plan)?);
    } else {
        output::bytes(said(&plan, options.about).as_bytes());
    }
    output::message(
        "Figures of a group are the sharper the fewer other groups there are: leave out what nobody asks for. The shares are \
         simulated, with a product that is made up.",
    );
    Ok(ExitCode::SUCCESS)
}

/// The plan as two tables: how sharp each group is, and what a product of each size would see.
fn said(plan: &Plan, about: Option<u64>) -> String {
    let mut text = "GROUP                     FIGURES  ONES  WITHIN  ALONE  SHOWN FROM\n".to_owned();
    for group in &plan.groups {
        let within = format!("±{}", group.off_by);
        let alone = format!("±{}", group.off_by_alone);
        text += &format!(
            "{:<24} {:>8} {:>5} {within:>7} {alone:>6} {:>11}\n",
            group.name, group.cells, group.at_most, group.shown_from
        );
    }
    let tables = plan.sizes.first().map_or(&[][..], |size| &size.tables);
    let width =
        tables.iter().map(|table| table.name.len() + ", shown".len()).max().unwrap_or_default().max(24);
    let row = |name: &str, cell: &dyn Fn(&PlannedSize) -> String| {
        let cells: String = plan.sizes.iter().map(|size| format!(" {:>9}", cell(size))).collect();
        format!("{name:<width$}{cells}\n")
    };
    text.push('\n');
    let mark = |size: &PlannedSize| if about == Some(size.installations) { "*" } else { "" };
    text += &row("INSTALLATIONS", &|size| format!("{}{}", mark(size), size.installations));
    text += &row("published, of 100 times", &|size| size.published.to_string());
    text += &row("active, within", &|size| percent(size.active_off_by));
    for (place, table) in tables.iter().enumerate() {
        let shown = |size: &PlannedSize| size.tables.get(place).map_or(0, |table| table.shown);
        text += &row(&format!("{}, shown", table.name), &|size| format!("{} %", shown(size)));
    }
    text
}

/// Hundred-thousandths in percent, with two decimals.
fn percent(parts: u64) -> String {
    format!("{}.{:02} %", parts / 1_000, parts % 1_000 / 10)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn parts_are_written_in_percent() {
        // Fourteen of a hundred, of a thousand and of a hundred thousand.
        assert_eq!([14_000, 1_400, 14].map(percent), ["14.00 %", "1.40 %", "0.01 %"]);
    }
}
