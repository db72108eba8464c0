//! The notice of a server: one line at its start that names the endpoint, what is sent, and how to turn it off.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_types::clock::stamp;
use aboveboard_types::declaration::{Component, Declaration, EventDeclaration};
use aboveboard_types::event::Seconds;

/// The line. `opens_at` is when the first delay ends, where it is not over yet, `opt_outs` what this server offers beside the variable to turn
/// telemetry off, `wider` what an earlier notice did not cover.
pub(super) fn line(
    declaration: &Declaration,
    endpoint: &Endpoint,
    every: u64,
    opens_at: Option<Seconds>,
    opt_outs: &[String],
    wider: &[String],
) -> String {
    let Declaration { name, controller, policy_url, .. } = declaration;
    let prefix = declaration.variable_prefix();
    let first = opens_at.map(|at| format!("first after {} and then ", stamp(at))).unwrap_or_default();
    let mut line = format!(
        "{name} sends usage data to {endpoint} ({controller}), {first}{}: {}. \
         To turn it off: {prefix}ENABLE_TELEMETRY=false",
        interval(every),
        contents(declaration),
    );
    for opt_out in opt_outs {
        line.extend([", or ", opt_out]);
    }
    line.push('.');
    if let Some(period) = declaration.published_each() {
        line.push_str(&format!(
            " How many installations do what is published each {period}, with noise that hides every single one."
        ));
    }
    if !wider.is_empty() {
        line.extend([
            " New since this was last shown, and not recorded before the first delay has passed: ",
            &wider.join("; "),
            ".",
        ]);
    }
    if !policy_url.is_empty() {
        line.extend([" More: ", policy_url, "."]);
    }
    line
}

/// What a batch can hold, in words.
fn contents(declaration: &Declaration) -> String {
    let mut contents = "a random installation id, version, operating system and architecture".to_owned();
    let mut add = |what: &str, names: Vec<&str>| {
        if !names.is_empty() {
            contents.extend([what, &names.join(", ")]);
        }
    };
    add("; the number of ", declaration.counts.iter().map(|count| &*count.name).collect());
    let timings = declaration.timings.iter();
    add("; how many requests of which kind took how long: ", timings.map(|timing| &*timing.name).collect());
    let of_server = |event: &&EventDeclaration| event.component == Component::Server;
    add("; the events ", declaration.events.iter().filter(of_server).map(|event| &*event.name).collect());
    if !declaration.actions.is_empty() || !declaration.routes.is_empty() {
        contents
            .push_str("; which kinds of pages and actions of the console are used, without their content");
    }
    contents
}

/// The time between two reports, in the largest unit that fits.
fn interval(every: u64) -> String {
    match every {
        seconds if seconds.is_multiple_of(86_400) => plural(seconds / 86_400, "day"),
        seconds if seconds.is_multiple_of(3_600) => plural(seconds / 3_600, "hour"),
        seconds => plural(seconds, "second"),
    }
}

fn plural(number: u64, unit: &str) -> String {
    if number == 1 { format!("every {unit}") } else { format!("every {number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::declaration::TimingDeclaration;

    use super::*;
    use aboveboard_testkit::server_product::declaration;

    #[test]
    fn names_endpoint_contents_and_switch() {
        let endpoint = Endpoint::parse("https://telemetry.quarry.dev", false).unwrap();
        let mut declaration = declaration();
        declaration.timings = vec![TimingDeclaration::new(
            "requests".into(),
            vec![].into(),
            vec![5].into(),
            vec![].into(),
            u32::MAX,
            "".into(),
        )]
        .into();
        let line = |opt_outs: &[String]| {
            let wider = ["event migrated".to_owned()];
            line(&declaration, &endpoint, 86_400, Some(1_795_356_626), opt_outs, &wider)
        };
        assert!(
            line(&[]).contains("To turn it off: QUARRY_ENABLE_TELEMETRY=false. New since"),
            "{}",
            line(&[])
        );
        let published =
            super::line(&declaration.clone().publish_months(1), &endpoint, 86_400, None, &[], &[]);
        assert!(published.contains("is published each month, with noise"), "{published}");
        assert!(!line(&[]).contains("published"));
        let line = line(&["--enable-telemetry=false".to_owned()]);
        for part in [
            "https://telemetry.quarry.dev",
            "2026-11-22T14:10:26Z",
            "every day",
            "the number of tables",
            "how many requests of which kind took how long: requests",
            "To turn it off: QUARRY_ENABLE_TELEMETRY=false, or --enable-telemetry=false. New since",
            "Quarry e.V.",
            "New since this was last shown, and not recorded before the first delay has passed: event migrated.",
        ] {
            assert!(line.contains(part), "{part} is not in: {line}");
        }
        assert_eq!(
            (interval(7_200), interval(3_600), interval(5)),
            ("every 2 hours".into(), "every hour".into(), "every 5 seconds".into())
        );
    }
}
