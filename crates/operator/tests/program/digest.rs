//! The digest as the program prints it.

use super::{Collector, aboveboard};

#[test]
fn the_digest_is_printed_in_each_form_and_exit_codes_say_whether_there_is_one() {
    let collector = Collector::new();
    collector.push();
    let print = |arguments: &[&str]| {
        let output = collector.ask("digest", arguments);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    for (arguments, begins) in [
        (&[][..], "What Quarry"),
        (&["--product", "quarry", "--format", "text"], "What Quarry"),
        (&["--format", "md"], "# What Quarry"),
        (&["--format", "html", "--page", "https://figures.example.org/x"], "<!doctype html>"),
    ] {
        let (code, out, err) = print(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(out.trim_start().starts_with(begins) && out.ends_with('\n'), "{arguments:?}: {out}");
        assert!(out.contains("No batch has arrived yet"), "{arguments:?}: {out}");
        // What the manifest of the example declares.
        assert!(out.contains("Funnel: first-migration"), "{arguments:?}: {out}");
        assert!(out.contains("No installation began it in the last 30 days."), "{arguments:?}: {out}");
        assert_eq!(
            out.contains("https://figures.example.org/x/?product=quarry"),
            arguments.contains(&"--page"),
            "{out}"
        );
    }
    for (arguments, code, words) in [
        (&["--product", "nobody"][..], 1, "no product of this name"),
        (&["--format", "pdf"], 2, "valid for an argument"),
        (&["--page", "figures"], 2, "invalid value"),
        (&["--page", "https://x/(y)"], 1, "page must be the address"),
    ] {
        let (printed, out, err) = print(arguments);
        assert_eq!((printed, out.as_str()), (Some(code), ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
    let home = collector.stop();
    let stopped =
        aboveboard(home.path()).args(["collector", "digest", "--config", "c.toml"]).output().unwrap();
    let words = String::from_utf8(stopped.stderr).unwrap();
    assert_eq!(stopped.status.code(), Some(1), "{words}");
    assert!(stopped.stdout.is_empty() && words.contains("the collector must run"), "{words}");
}
