//! What a test compares the collector with: how much was acknowledged, and where a text must not appear.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::home::walk;

/// Events acknowledged by receipts below a sent log, by component. A batch is in the log when its body is: a receipt
/// whose body is still on its way is passed over.
///
/// # Panics
/// If a body or receipt in the sent log is invalid.
#[must_use]
pub fn acknowledged(state: &Path) -> BTreeMap<String, u64> {
    let mut acknowledged = BTreeMap::new();
    walk(&state.join("sent"), &mut |file| {
        let name = file.to_string_lossy().into_owned();
        let Some(batch) = name.strip_suffix(".json").filter(|batch| !batch.ends_with(".receipt")) else {
            return;
        };
        let body: Value = read(file);
        let receipt: Value = read(Path::new(&format!("{batch}.receipt.json")));
        assert_eq!(receipt["batch"], body["batch"], "a receipt lies beside another batch");
        let component = body["component"].as_str().expect("a component").to_owned();
        *acknowledged.entry(component).or_default() += receipt["accepted"].as_u64().expect("a number");
    });
    acknowledged
}

fn read(file: &Path) -> Value {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Which of `secrets` occur in `bytes`, raw or in gzip members.
#[must_use]
pub fn leaks(bytes: &[u8], secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut search = |text: &[u8], how: &str| {
        for secret in secrets {
            if text.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes())) {
                found.push(format!("{secret} ({how})"));
            }
        }
    };
    search(bytes, "raw");
    for (start, _) in bytes.windows(3).enumerate().filter(|(_, window)| *window == [0x1f, 0x8b, 0x08]) {
        let mut inflated = Vec::new();
        let _ = flate2::read::GzDecoder::new(&bytes[start..]).take(1 << 22).read_to_end(&mut inflated);
        search(&inflated, "inflated");
    }
    found
}

/// Which of `secrets` occur in any file below `folder`, file names included.
#[must_use]
pub fn leaks_below(folder: &Path, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(folder, &mut |file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for leak in leaks(&bytes, secrets).into_iter().chain(leaks(name.as_bytes(), secrets)) {
            found.push(format!("{}: {leak}", file.display()));
        }
    });
    found
}
