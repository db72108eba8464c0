//! What is written reads again, and nothing else reads.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    batch, context, events, latest, read_batch, read_context, read_events, read_latest, read_state, state,
};
use crate::batch::{SentEvent, SentKind};
use crate::installation::Installation;
use crate::sample;
use crate::state::InstallationState;
use crate::terms::Terms;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_reads_again(sent in sample::batch(), of in sample::context()) {
        prop_assert_eq!(read_batch(&batch(&sent)), Ok(sent.clone()));
        prop_assert_eq!(read_events(&events(&sent.events)), Ok(sent.events));
        prop_assert_eq!(read_context(&context(&of)), Ok(of));
    }

    #[test]
    fn a_state_and_outcomes_read_again(sent in vec(sample::batch(), 0..8)) {
        let mut installation = Installation::new(InstallationState::default(), None, Vec::new());
        sent.into_iter().map(Arc::new).for_each(|batch| installation.insert_batch(batch));
        installation.replay(&Arc::new(Terms::default()));
        let known = installation.state();
        prop_assert_eq!(&read_state(&state(known)).unwrap(), known);
        if let Some(last) = &known.latest {
            prop_assert_eq!(&read_latest(&latest(last)).unwrap(), last);
        }
        for row in installation.outcomes().flat_map(|(_, outcome)| &outcome.rows) {
            prop_assert_eq!(&read_events(&events(&row.events)).unwrap(), &row.events);
        }
    }

    #[test]
    fn no_part_of_a_form_and_nothing_behind_it_reads(sent in sample::batch(), more in any::<u8>()) {
        let whole = batch(&sent);
        for end in 0..whole.len() {
            prop_assert!(read_batch(&whole[..end]).is_err(), "{end}");
        }
        prop_assert!(read_batch(&[whole.as_slice(), &[more]].concat()).is_err());
    }

    #[test]
    fn any_bytes_end_in_a_value_or_an_error(bytes in vec(any::<u8>(), 0..300)) {
        let _ = read_batch(&bytes);
        let _ = read_events(&bytes);
        let _ = read_context(&bytes);
        let _ = read_state(&bytes);
        let _ = read_latest(&bytes);
    }

    #[test]
    fn a_changed_byte_ends_in_a_value_that_is_written_as_it_was_read_or_an_error(
        sent in sample::batch(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = batch(&sent);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = read_batch(&bytes) {
            prop_assert_eq!(read_batch(&batch(&read)), Ok(read));
        }
    }
}

#[test]
fn a_text_is_written_once_however_often_it_is_used() {
    let command: Arc<str> = "a-command-with-a-long-name".into();
    let run = |hour| SentEvent {
        day: 20_000,
        hour,
        what: SentKind::Command {
            command: Arc::from(&*command),
            ending: aboveboard_types::event::Ending::Success,
            server: None,
            server_version: None,
        },
    };
    let many: Vec<_> = (0..24).map(run).collect();
    assert_eq!(events(&many).windows(command.len()).filter(|part| *part == command.as_bytes()).count(), 1);
    assert_eq!(events(&many).len() - events(&many[..23]).len(), 6);
}

#[test]
fn a_number_of_things_that_cannot_be_there_takes_no_memory() {
    // No text, and then as many events as a number can say.
    let mut bytes = vec![0];
    bytes.extend([0xff; 9]);
    bytes.push(1);
    assert!(read_events(&bytes).is_err());
    assert!(read_batch(&bytes[1..]).is_err());
}
