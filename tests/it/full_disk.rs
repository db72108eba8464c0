//! `off` and `local` hold on a disk that has no room for another file: no bytes, or no inodes.

use harness::home::Home;
use harness::mounts;

/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:9";

/// How a home is filled to the brim, by the options of its file system.
const FULL: [(&str, &str); 2] = [
    ("size=192k", r#"head -c 1000000 /dev/zero >"$HOME/ballast" 2>/dev/null"#),
    ("nr_inodes=40", r#"n=0; while : 2>/dev/null >"$HOME/ballast-$n"; do n=$((n + 1)); done 2>/dev/null"#),
];

/// What happens in a home that is then filled; `$0` is quarry.
struct Case {
    what: &'static str,
    before: &'static str,
    /// Whether something of ours is there that can make the room.
    off_succeeds: bool,
    /// What `local` stores; none where there is no answer that it could be written over.
    local_succeeds: bool,
}

const CASES: [Case; 4] = [
    Case {
        what: "after a yes",
        before: r#""$0" telemetry on && "$0" init p"#,
        off_succeeds: true,
        local_succeeds: true,
    },
    Case {
        what: "where the folder of the answer is there and the answer is not",
        before: r#"mkdir -p -m 700 "$HOME/.config/quarry" && QUARRY_ENABLE_TELEMETRY=true "$0" init p"#,
        off_succeeds: true,
        local_succeeds: false,
    },
    Case {
        what: "where not even the folder is there",
        before: r#"QUARRY_ENABLE_TELEMETRY=true "$0" init p"#,
        off_succeeds: true,
        local_succeeds: false,
    },
    Case {
        what: "where nothing of ours is there",
        before: "true",
        off_succeeds: false,
        local_succeeds: false,
    },
];

/// Runs `verb` in such a home, and gives its exit code, what it said, the answer, and the files below the state.
/// `None` where no mount is allowed.
fn run(case: &Case, (option, fill): (&str, &str), verb: &str) -> Option<(String, String, String)> {
    let home = Home::new().endpoint(CLOSED).with("QUARRY_TELEMETRY_PERIOD", "3600");
    let script = format!(
        r#"{} >&2 || exit 100
        {fill}
        : 2>/dev/null >"$HOME/more" && echo x 2>/dev/null >"$HOME/more" && exit 101
        said=$("$0" telemetry {verb} 2>&1 >/dev/null); exit=$?
        echo "$exit|$(cat "$HOME/.config/quarry/consent" 2>/dev/null)"
        "$0" telemetry status | head -1
        [ -d "$HOME/.local" ] && find "$HOME/.local" -type f | tr '\n' ' '
        echo "|$said""#,
        case.before
    );
    let quarry = harness::binary("quarry");
    let output = mounts::in_memory(&home, option, &script, &quarry).output().expect("a shell");
    if mounts::is_refused(&output) {
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("a text");
    assert!(output.status.success(), "{}: {text}{}", case.what, String::from_utf8_lossy(&output.stderr));
    let mut lines = text.splitn(3, '\n').map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    Some((line(), line(), line()))
}

#[test]
fn off_holds_on_a_full_disk_and_frees_what_was_recorded() {
    for case in &CASES {
        for full in FULL {
            let Some((answer, status, rest)) = run(case, full, "off") else { return };
            let about = format!("{}, {}: {answer}\n{status}\n{rest}", case.what, full.0);
            let (left, said) = rest.split_once('|').expect("the files and what was said");
            assert_eq!(left.trim(), "", "{about}");
            if case.off_succeeds {
                assert!(answer.starts_with("0|answer=no"), "{about}");
                assert!(status.contains(": off (because of the stored answer)"), "{about}");
            } else {
                assert_eq!(answer, "1|", "{about}");
                assert!(said.contains("QUARRY_ENABLE_TELEMETRY=false"), "{about}");
            }
        }
    }
}

#[test]
fn local_holds_on_a_full_disk_where_an_answer_is_there_and_says_where_it_cannot() {
    for case in &CASES {
        for full in FULL {
            let Some((answer, status, rest)) = run(case, full, "local") else { return };
            let about = format!("{}, {}: {answer}\n{status}\n{rest}", case.what, full.0);
            if case.local_succeeds {
                assert!(answer.starts_with("0|answer=local"), "{about}");
                assert!(status.contains(": local"), "{about}");
                assert!(rest.contains("/spool/"), "it deletes nothing: {about}");
            } else {
                assert_eq!(answer, "1|", "{about}");
                assert!(rest.contains("QUARRY_ENABLE_TELEMETRY=false"), "{about}");
            }
        }
    }
}
