use super::*;

fn answer() -> Answer {
    Answer {
        choice: Choice::Yes,
        at: 1_795_356_626,
        surface: Surface::Question,
        revision: 4,
        manifest: "0123456789abcdef".to_owned(),
        endpoint: Some("https://telemetry.quarry.dev".to_owned()),
        scope: Some(Scope::of(&crate::sample::declaration())),
    }
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    for (choice, _) in Choice::ALL {
        for (surface, _) in Surface::ALL {
            for endpoint in [None, answer().endpoint] {
                let answer = Answer { choice, surface, endpoint, ..answer() };
                assert_eq!(Answer::parse(&answer.line()), Some(answer));
            }
        }
    }
}

#[test]
fn no_damage_to_a_no_makes_it_a_yes() {
    let line = Answer { choice: Choice::No, ..answer() }.line();
    for at in 0..line.len() {
        let torn = Answer::parse(&line[..at]).map(|answer| answer.choice);
        assert!(matches!(torn, None | Some(Choice::No)), "{torn:?} from {:?}", &line[..at]);
        for bit in 0..8 {
            let mut flipped = line.clone().into_bytes();
            flipped[at] ^= 1 << bit;
            let read = std::str::from_utf8(&flipped).ok().and_then(Answer::parse);
            assert!(matches!(read.map(|answer| answer.choice), None | Some(Choice::No)));
        }
    }
}

#[test]
fn a_notice_never_replaces_what_somebody_said() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::in_directory(home.path());
    let shown = Answer { choice: Choice::Shown, surface: Surface::Notice, ..answer() };
    // A server remembers so that it showed a wider manifest; it repeats the yes that it read a moment ago.
    let widened = Answer { surface: Surface::Notice, ..answer() };
    for said in [Choice::No, Choice::Local] {
        let said = Answer { choice: said, surface: Surface::Verb, ..answer() };
        store(&places, &said).unwrap();
        for notice in [&shown, &widened] {
            store(&places, notice).unwrap();
            assert_eq!(read(places.answer()), Found::Answer(said.clone()));
        }
    }
    std::fs::write(places.answer(), "answer=\n").unwrap();
    store(&places, &shown).unwrap();
    assert_eq!(read(places.answer()), Found::Unreadable);

    // Nor one that appears after it was found that there is none.
    write(places.answer(), &shown, false).unwrap();
    assert_eq!(read(places.answer()), Found::Unreadable);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside it");

    std::fs::remove_file(places.answer()).unwrap();
    for notice in [shown, widened] {
        store(&places, &notice).unwrap();
        assert_eq!(read(places.answer()), Found::Answer(notice));
    }
}

#[test]
fn an_answer_that_others_could_have_written_is_a_no() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::in_directory(home.path());
    let path = places.answer();
    assert_eq!(read(path), Found::Nothing);
    store(&places, &answer()).unwrap();
    assert_eq!(read(path), Found::Answer(answer()));

    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(read(path), Found::Unreadable);

    std::fs::remove_file(path).unwrap();
    std::os::unix::fs::symlink("/dev/null", path).unwrap();
    assert_eq!(read(path), Found::Unreadable);

    std::fs::remove_file(path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, path, Mode::RWXU).unwrap();
    assert_eq!(read(path), Found::Unreadable);

    std::fs::remove_file(path).unwrap();
    std::fs::write(path, "answer=yes ".repeat(2000)).unwrap();
    assert_eq!(read(path), Found::Unreadable);
}
