//! What only an agent does: no list of what is allowed excuses it.

use super::trace::Effect;

/// The argument by which a program becomes the helper that delivers.
const HELPER: &str = "telemetry-deliver";

/// The port that every run names as the collector's, as strace prints it.
const PORT: &str = "htons(9)";

/// The places and the marks of an agent.
pub(super) struct Own {
    paths: Vec<String>,
}

impl Own {
    /// Those of a product whose answer lies at a path.
    pub(super) fn of(product: &str, answer: &str) -> Self {
        let beside = answer.rsplit_once('/').map_or("", |(directory, _)| directory);
        let folders = [product, beside].into_iter().filter(|folder| !folder.is_empty());
        let names = ["telemetry", "consent", "asked", "agreed"];
        let mut paths: Vec<String> =
            folders.flat_map(|folder| names.map(|name| format!("{folder}/{name}"))).collect();
        paths.push(answer.to_owned());
        Self { paths }
    }

    /// Whether an effect is an agent's, whatever else stands in it.
    pub(super) fn did(&self, effect: &Effect) -> bool {
        // A path below a descriptor: `3</home/.local/state>, "quarry"`.
        let detail = effect.detail.replace(">, \"", "/");
        detail.contains(HELPER)
            || detail.contains(PORT)
            || self
                .paths
                .iter()
                .any(|path| detail.match_indices(&**path).any(|found| is_whole(&detail, found)))
    }
}

/// Whether what was found is not a part of longer names. `consent.NAME` is an answer too; `telemetry.toml` is none of ours.
fn is_whole(detail: &str, (at, path): (usize, &str)) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let before = at.checked_sub(1).map(|before| detail.as_bytes()[before]);
    let behind = detail.as_bytes().get(at + path.len()).copied();
    let is_longer =
        behind.is_some_and(|byte| is_of_name(byte) || byte == b'.' && path.ends_with("/telemetry"));
    !before.is_some_and(|byte| is_of_name(byte) || byte == b'.') && !is_longer
}

#[cfg(test)]
mod tests {
    use super::super::trace::EffectKind;
    use super::*;

    #[test]
    fn an_agents_files_helper_and_collector_are_told_from_the_programs_own() {
        let own = Own::of("quarry", "data/consent");
        let did = |detail: &str| own.did(&Effect { kind: EffectKind::File, detail: detail.to_owned() });
        for detail in [
            r#"openat(AT_FDCWD</h>, ".config/quarry/consent", O_WRONLY|O_CREAT, 0600)"#,
            r#"mkdirat(3</h/.local/state/quarry>, "telemetry", 0700)"#,
            r#"openat(4</h/.local/state/quarry/telemetry/spool>, "open-1", O_RDWR|O_CREAT)"#,
            r#"openat(4</h/data>, "consent.docker", O_RDWR|O_CREAT)"#,
            r#"mkdir("data/telemetry", 0700)"#,
            r#"execve("/bin/quarry", ["quarry", "telemetry-deliver"], 0x7)"#,
            r#"connect(5<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16)"#,
            "it left /h/.config/quarry/asked",
        ] {
            assert!(did(detail), "{detail}");
        }
        for detail in [
            r#"openat(AT_FDCWD</h>, "data/catalog.db", O_RDWR|O_CREAT)"#,
            r#"openat(AT_FDCWD</h>, "quarry/telemetry.toml", O_RDWR|O_CREAT)"#,
            r#"mkdir("project/quarry-telemetry", 0700)"#,
            r#"bind(5<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(8080)}, 16)"#,
        ] {
            assert!(!did(detail), "{detail}");
        }
    }
}
