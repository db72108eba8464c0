//! The collector: whether it is reached, and whether it knows this product and this manifest.

use aboveboard_core::consent::Mode;
use aboveboard_delivery::Failure;
use aboveboard_delivery::proxy::Way;

use crate::transport::Http;
use crate::verbs::Context;
use crate::verbs::doctor::Problem;
use crate::way;

/// Asks the collector for the product's manifest, which any collector of the product answers.
pub(crate) fn look(context: &Context<'_>) -> Option<Problem> {
    if context.decide().mode != Mode::On {
        return None;
    }
    let endpoint = context.question().endpoint().ok().flatten()?;
    let place = match way::to(&endpoint, &context.settings) {
        Way::Direct => endpoint.to_string(),
        Way::Through(proxy) => format!("{endpoint} through the proxy {proxy} of {}", proxy.variable),
        // Found with the sources; nobody is asked.
        Way::Unusable(_) => return None,
    };
    if !super::unusable_roots(context, &endpoint).is_empty() {
        // Found with the sources too.
        return None;
    }
    let url = endpoint.join(&format!("/v1/manifest/{}", context.declaration().product));
    match Http::of(&endpoint, &context.settings).get(&url) {
        Err(failure) => Some(unreached(place, failure)),
        Ok(reply) if reply.status == 200 => older(context, &url, &reply.body),
        Ok(reply) if reply.status == 404 && reply.is_problem() => {
            let remedy = "ask the collector's operator to push the product's manifest";
            Some(Problem::new("unknown-product", "the collector does not know this product", url, remedy))
        }
        Ok(reply) => {
            let what = format!("what answers is no collector: status {}", reply.status);
            let remedy = "is there a captive portal or a proxy in between? open the address in a browser";
            Some(Problem::new("no-collector", what, url, remedy))
        }
    }
}

/// What to do about a collector that was not reached.
fn unreached(place: String, failure: Failure) -> Problem {
    let (name, what, remedy) = match failure {
        Failure::Resolve => ("resolve", "the name is not found", "check the name and the resolver (DNS)"),
        Failure::Forbidden => (
            "private-address",
            "the name leads to a private address",
            "allow it with …_TELEMETRY_ALLOW_PRIVATE=true if the collector is your own",
        ),
        Failure::Connect => {
            ("connect", "nothing listens there, or not in time", "check the port, the proxy and the firewall")
        }
        Failure::Tls => (
            "tls",
            "the certificate is not trusted",
            "check its date, its name and its issuer, and whether its authority is among the roots in use",
        ),
        Failure::Timeout => ("timeout", "it does not answer in time", "try again later"),
        _ => ("broken", "what it answers cannot be read", "is a proxy in between?"),
    };
    Problem::new(name, what, place, remedy)
}

/// A collector that knows only an older manifest keeps batches waiting.
fn older(context: &Context<'_>, url: &str, manifest: &[u8]) -> Option<Problem> {
    let text = String::from_utf8_lossy(manifest);
    let revision = text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("revision")?.trim_start().strip_prefix('=')?;
        value.trim().parse::<u32>().ok()
    })?;
    let ours = context.declaration().revision;
    let what = format!("the collector knows revision {revision} of the manifest, this program has {ours}");
    let remedy = "ask the collector's operator to push the newer manifest; until then batches wait";
    (revision < ours).then(|| Problem::new("older-manifest", what, url, remedy))
}
