//! Any bytes given to the decoder of batches: what the check accepts is written as something that it accepts again,
//! to the same event.

use std::sync::LazyLock;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::encode;

/// The manifest with every kind of event and every type of field in it.
static DECLARATION: LazyLock<Option<Declaration>> = LazyLock::new(|| {
    let text = include_str!("../../../vectors/telemetry.toml");
    aboveboard_manifest::parse(text, "telemetry.toml").ok().map(|manifest| manifest.declaration())
});

/// Runs one input; true if it was a batch with an event that is declared.
pub fn run(data: &[u8]) -> bool {
    let declaration = DECLARATION.as_ref().expect("the manifest of the vectors parses");
    let Ok(batch) = serde_json::from_slice::<aboveboard_wire::Batch<'_>>(data) else { return false };
    let outcomes = batch.outcomes();
    let Ok(envelope) = batch.envelope() else { return false };
    let component = envelope.header.component;
    let mut events = String::new();
    let mut accepted = 0;
    for event in batch.events.iter().filter_map(|event| event.check(component, declaration).ok()) {
        let mut written = String::new();
        encode::push_event(&mut written, &event);
        let read: aboveboard_wire::WireEvent<'_> =
            serde_json::from_str(&written).expect("what is written is read");
        let again = read.check(component, declaration).expect("what is written is declared");
        assert_eq!(again, event);
        events.push_str(if accepted == 0 { "" } else { "," });
        events.push_str(&written);
        accepted += 1;
    }
    // As ingest does: the batch anew, without what was refused.
    if let Ok(outcomes) = outcomes
        && batch.manifest.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        let sealed = encode::seal(&declaration.product, &batch.manifest, &envelope, &events, &outcomes);
        let again: aboveboard_wire::Batch<'_> =
            serde_json::from_str(&sealed).expect("a sealed batch is read");
        assert_eq!((again.envelope(), again.outcomes()), (Ok(envelope), Ok(outcomes)));
        assert_eq!(again.events.len(), accepted);
    }
    accepted > 0
}
