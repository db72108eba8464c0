//! The tables that are there once: product, consent, settings, server.

use aboveboard_types::declaration::Policy;
use aboveboard_types::envelope::CodingAgents;

use super::table::Table;
use crate::{Consent, Product, Server, Setting, Settings, units};

pub(super) fn product(table: &Table<'_, '_, '_>) -> Option<Product> {
    let retention = table.text("retention")?;
    Some(Product {
        id: table.text("id")?,
        name: table.text("name")?,
        revision: u32::try_from(table.number("revision")?).ok()?,
        endpoint: table.text("endpoint")?,
        ingest_key: table.text("ingest-key")?,
        controller: table.text("controller")?,
        contact: table.text("contact")?,
        policy: table.text("policy"),
        hosting: table.text("hosting")?,
        retention_days: units::retention_days(&retention)?,
        retention,
        releases: table.texts("releases").unwrap_or_default().iter().flat_map(|line| line.parse()).collect(),
        family: table.text("family"),
        coding_agents: table
            .text("coding-agents")
            .and_then(|text| CodingAgents::parse(&text))
            .unwrap_or_default(),
        recipients: table.text("recipients"),
        id_span: table.span_of("id"),
    })
}

pub(super) fn consent(table: &Table<'_, '_, '_>) -> Consent {
    const POLICIES: [Policy; 5] =
        [Policy::Ask, Policy::Notice, Policy::Follow, Policy::Operator, Policy::Off];
    let policy = |component| {
        let text = table.text(component)?;
        POLICIES.into_iter().find(|policy| policy.name() == text)
    };
    Consent { server: policy("server"), cli: policy("cli"), app: policy("app") }
}

pub(super) fn settings(table: &Table<'_, '_, '_>) -> Settings {
    let setting = |name| {
        let Some(table) = table.table(name) else { return Setting::default() };
        let flag = table.number("flag").is_some();
        Setting { flag, config_file: table.text("config-file"), dialogue: table.text("dialogue") }
    };
    Settings { server: setting("server"), cli: setting("cli"), app: setting("app") }
}

pub(super) fn server(table: &Table<'_, '_, '_>) -> Option<Server> {
    const MINUTE: u64 = 60;
    const MONTH: u64 = 30 * 86_400;
    let seconds = table.number("every")? / 1_000;
    if (MINUTE..=MONTH).contains(&seconds) {
        return Some(Server { every: seconds });
    }
    table.report_at(
        "every",
        "`every` must lie between `1m` and `30d`",
        "more often is surveillance, less often is never",
        "write `every = \"24h\"`",
    );
    None
}
