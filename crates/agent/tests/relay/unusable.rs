//! Without a manifest that can be used, and with input that is none: the host may write what it likes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::home::{AGENT, Home, VERSION, text};

#[test]
fn without_a_manifest_it_reads_on_and_says_why_only_if_asked() {
    let home = Home::consenting();
    let broken = home.path().join("broken.toml");
    std::fs::write(&broken, "hunter2 = [").unwrap();
    let nowhere = home.path().join("nowhere.toml");
    let before = home.files();
    for (manifest, explain) in
        [(Some(&broken), false), (Some(&nowhere), false), (None, false), (Some(&broken), true), (None, true)]
    {
        let mut command = home.equip(Command::new(AGENT));
        command.arg("relay").args(explain.then_some("--explain"));
        if let Some(manifest) = manifest {
            command.arg("--manifest").arg(manifest);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        // Much more than the pipe holds.
        for _ in 0..64 {
            stdin.write_all(text(&[VERSION; 2_000]).as_bytes()).unwrap();
        }
        drop(stdin);
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.is_empty(), !explain, "{said}");
        assert!(!explain || said.starts_with("aboveboard: ") && !said.contains("line 1:"), "{said}");
    }
    assert_eq!(home.files(), before);
}

#[test]
fn options_that_are_wrong_are_a_usage_error_before_anything_is_read() {
    let home = Home::consenting();
    for options in [["--manifest", ""], ["--no-such-option", "x"]] {
        let output = home.equip(Command::new(AGENT)).arg("relay").args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

#[test]
fn any_bytes_are_read_to_their_end() {
    let home = Home::consenting();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..20 {
        let mut bytes = text(&[VERSION]).into_bytes();
        bytes.extend((0..20_000).map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            // Half of them from what lines are made of.
            let byte = seed.to_le_bytes()[0];
            if round % 2 == 0 {
                byte
            } else {
                b"{}[]\":,\n\\unrelayventbgdi0123456789 \xff"[usize::from(byte) % 36]
            }
        }));
        let output = home.relayed(&[], &bytes);
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    assert!(home.events().is_empty());
    assert!(home.drops()["damaged"] > 1_000);
}
