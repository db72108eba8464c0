//! What the verbs say of a decision, in words.

use aboveboard_core::consent::Source;

use super::context::Context;

/// Whether telemetry is on and why, as the end of a sentence.
pub(super) fn state(context: &Context<'_>) -> String {
    let decision = context.decide();
    format!(
        "telemetry of {} is {} because of the {}",
        context.declaration().name,
        decision.mode.name(),
        source(decision.because)
    )
}

/// The source as it stands in a sentence.
pub(crate) fn source(source: Source) -> &'static str {
    match source {
        Source::Manifest => "manifest's policy",
        Source::Flag => "switch on the command line",
        Source::DoNotTrack => "variable DO_NOT_TRACK",
        Source::GenericVariable => "variable ENABLE_TELEMETRY",
        Source::Variable => "product's variable",
        Source::Config => "product's configuration",
        Source::Place => "lack of a directory of your own",
        Source::PolicyFile => "policy file of this machine",
        Source::Answer => "stored answer",
        Source::Family => "answer of the product's family",
        Source::Wording => "answer to this program's own wording",
        Source::Build => "build, which is no release and has no endpoint set",
        Source::Endpoint => "endpoint",
        _ => "circumstances",
    }
}
