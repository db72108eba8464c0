//! What the verbs say of a decision, in words.

use aboveboard_core::consent::Source;
use aboveboard_types::declaration::Declaration;

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

/// That the build was made a release of another product, or by a value that is misspelt; none where it was not.
pub(super) fn release_of_another(declaration: &Declaration) -> Option<String> {
    let Declaration { release_of: another, product, .. } = declaration;
    (!another.is_empty()).then(|| {
        format!(
            "this build is no release: ABOVEBOARD_RELEASE was `{another}` when it was built, and only `{product}` \
             makes one"
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_for_another_release_says_which() {
        let tool = Declaration::EMPTY.product("tool".into());
        assert_eq!(release_of_another(&tool), None);
        let words = release_of_another(&tool.release_of("tool2".into())).unwrap();
        assert!(words.contains("`tool2`") && words.contains("only `tool`"), "{words}");
    }
}
