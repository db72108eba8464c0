//! What was refused lately, in words. What strangers wrote is not among them: a product is named by the operator's own name
//! for it, or not at all.

use super::message::{HealthMessage, Severity};
use crate::page::format::{count, counted};
use crate::page::state::PageState;
use crate::refusal::Reason;
use crate::refusals::Refused;

/// From so many networks on, what released programs are refused for is no single setup.
const MANY_NETWORKS: u64 = 10;

/// From one for so many batches on that are taken in meanwhile, refused ones are a part of what is sent; fewer may be a few
/// senders who try.
const MATTERS: u64 = 10;

/// Most reasons that are named in one sentence.
const MAX_NAMED: usize = 4;

/// Why batches are refused, as far as an operator can do something about it.
enum Cause {
    /// Released programs are set up wrongly, or a manifest is missing: what they record is lost, or waits.
    Setup,
    /// What anybody on the internet sends to an open port, and limits.
    Stranger,
    /// The collector itself cannot take anything.
    Collector,
}

/// What is said of a reason; nothing where another sentence says it, or it is passing.
fn words(reason: Reason) -> Option<(Cause, &'static str)> {
    Some(match reason {
        Reason::WrongKey => (Cause::Setup, "with a wrong ingest key"),
        Reason::UnknownProduct => (Cause::Setup, "of a product that is not known here"),
        Reason::OtherManifest => (Cause::Setup, "of a revision that has another text here"),
        Reason::ProofMissing => {
            (Cause::Setup, "without their proof of possession, which a proxy may have taken out")
        }
        Reason::ProofWrong => (Cause::Setup, "with the proof of another installation"),
        Reason::UnknownRevision => (Cause::Setup, "of a revision that is not known here"),
        Reason::ProductQuota => (Cause::Setup, "above what this product may receive in a day"),
        Reason::Closed => (Cause::Stranger, "of a closed product"),
        Reason::TooFast | Reason::PrefixQuota => (Cause::Stranger, "above the rate of a network"),
        Reason::NotABatch | Reason::Malformed | Reason::BadGzip => (Cause::Stranger, "malformed"),
        Reason::TooLarge | Reason::TooDense => (Cause::Stranger, "too large"),
        Reason::TooSlow | Reason::CutOff => (Cause::Stranger, "cut off on their way"),
        Reason::MediaType | Reason::Coding | Reason::NoLength | Reason::Ambiguous => {
            (Cause::Stranger, "not sent as a batch is")
        }
        Reason::DiskFull => (Cause::Collector, "because the collector's disk is nearly full"),
        Reason::LogFull => (Cause::Collector, "because the ingest log is full"),
        Reason::LogFailed => (Cause::Collector, "because the ingest log cannot be written"),
        Reason::Internal => (Cause::Collector, "by a fault of the collector"),
        _ => return None,
    })
}

/// What was refused of a product. `is_awaited` says that the revisions that are not known are named already.
pub(super) fn of_product(state: &PageState, product: &str, is_awaited: bool) -> Vec<HealthMessage> {
    let mut refused = state.refusals.lately(Some(product), (state.now)());
    refused.retain(|refused| refused.reason != Reason::UnknownRevision || !is_awaited);
    let (nearly, refused): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|refused| refused.reason == Reason::UnknownProduct);
    let mut messages = sentences(&refused, by(state));
    messages.extend(nearly.iter().map(|refused| HealthMessage {
        severity: severity(refused),
        text: format!(
            "In the last 24 hours {} refused{} that name a product like {product} with one letter wrong{}.",
            batches(refused),
            by(state),
            from(refused),
        ),
    }));
    messages
}

/// What was refused that is of no product here.
pub(super) fn of_nobody(state: &PageState) -> Vec<HealthMessage> {
    sentences(&state.refusals.lately(None, (state.now)()), by(state))
}

/// Who refused it, where that is not clear.
fn by(state: &PageState) -> &'static str {
    if state.is_one_of_several { " by this collector" } else { "" }
}

/// A sentence for each cause that there is.
fn sentences(refused: &[Refused], by: &str) -> Vec<HealthMessage> {
    let mut setup = Vec::new();
    let mut strangers = Vec::new();
    let mut collector = Vec::new();
    for refused in refused {
        match words(refused.reason) {
            Some((Cause::Setup, _)) => setup.push(*refused),
            Some((Cause::Stranger, _)) => strangers.push(*refused),
            Some((Cause::Collector, _)) => collector.push(*refused),
            None => {}
        }
    }
    let loudest = setup.iter().map(severity).max().unwrap_or(Severity::Notice);
    [(setup, loudest), (strangers, Severity::Calm), (collector, Severity::Bad)]
        .into_iter()
        .filter(|(refused, _)| !refused.is_empty())
        .map(|(refused, severity)| HealthMessage { severity, text: sentence(&refused, by) })
        .collect()
}

fn severity(refused: &Refused) -> Severity {
    let is_a_part = refused.batches.saturating_mul(MATTERS) >= refused.taken;
    if refused.networks >= MANY_NETWORKS && is_a_part { Severity::Bad } else { Severity::Notice }
}

/// `Refused in the last 24 hours: 12 batches with a wrong ingest key (from 3 networks), 4 too large (from 1 network).`
fn sentence(all: &[Refused], by: &str) -> String {
    let mut parts: Vec<(&'static str, Refused)> = Vec::new();
    for refused in all {
        let Some((_, words)) = words(refused.reason) else { continue };
        match parts.iter_mut().find(|(known, _)| *known == words) {
            Some((_, known)) => {
                known.batches = known.batches.saturating_add(refused.batches);
                known.networks = known.networks.max(refused.networks);
            }
            None => parts.push((words, *refused)),
        }
    }
    let named = parts.iter().take(MAX_NAMED).enumerate().map(|(at, (words, refused))| {
        let batches =
            if at == 0 { counted(refused.batches, "batch", "batches") } else { count(refused.batches) };
        format!("{batches} {words}{}", from(refused))
    });
    let mut named: Vec<String> = named.collect();
    let more: u64 = parts.iter().skip(MAX_NAMED).map(|(_, refused)| refused.batches).sum();
    if more > 0 {
        named.push(format!("{} for other reasons", count(more)));
    }
    format!("Refused{by} in the last 24 hours: {}.", named.join(", "))
}

/// `12 batches were`
fn batches(refused: &Refused) -> String {
    counted(refused.batches, "batch was", "batches were")
}

/// ` (from 3 networks)`; nothing where they cannot be told apart.
fn from(refused: &Refused) -> String {
    match refused.networks {
        0 => String::new(),
        networks => format!(" (from {})", counted(networks, "network", "networks")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reason: Reason, batches: u64, networks: u64) -> Refused {
        Refused { reason, batches, networks, taken: 0 }
    }

    #[test]
    fn a_sentence_says_how_many_why_and_from_how_many_networks() {
        let all = [
            refused(Reason::WrongKey, 12_000, 1),
            refused(Reason::NotABatch, 3, 2),
            refused(Reason::Malformed, 1, 1),
            refused(Reason::ProofMissing, 1, 0),
            refused(Reason::Stopping, 9, 1),
        ];
        let said = sentences(&all, "");
        let said: Vec<_> = said.iter().map(|message| (message.severity, message.text.as_str())).collect();
        assert_eq!(
            said,
            [
                (
                    Severity::Notice,
                    "Refused in the last 24 hours: 12,000 batches with a wrong ingest key (from 1 network), 1 without their \
                     proof of possession, which a proxy may have taken out."
                ),
                (Severity::Calm, "Refused in the last 24 hours: 4 batches malformed (from 2 networks)."),
            ]
        );
        assert_eq!(sentences(&[refused(Reason::WrongKey, 10, 10)], "")[0].severity, Severity::Bad);
        let beside =
            |taken| sentences(&[Refused { taken, ..refused(Reason::WrongKey, 10, 10) }], "")[0].severity;
        assert_eq!((beside(100), beside(101)), (Severity::Bad, Severity::Notice));
        assert_eq!(sentences(&[refused(Reason::DiskFull, 1, 1)], "")[0].severity, Severity::Bad);
        assert_eq!(sentences(&[], ""), []);
        let of_one = sentences(&[refused(Reason::TooLarge, 1, 1)], " by this collector");
        assert!(of_one[0].text.starts_with("Refused by this collector in the last 24 hours: "), "{of_one:?}");
    }
}
