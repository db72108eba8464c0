//! The list of counted installations.

/// What is wrong with a file of the list, if anything is: each line is 32 lower-case hexadecimal digits, and they ascend, so
/// their order says nothing. In the file that is named by two digits all lines begin with them.
pub(super) fn broken(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let Some(lines) = bytes.strip_suffix(b"\n") else {
        return (!bytes.is_empty()).then_some("has no newline at its end");
    };
    let prefix = name.strip_prefix("counted/").and_then(|name| name.strip_suffix(".txt")).unwrap_or_default();
    let mut before: &[u8] = &[];
    for line in lines.split(|byte| *byte == b'\n') {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if line.len() != 32 || !line.iter().all(is_digit) || !line.starts_with(prefix.as_bytes()) {
            return Some("has a line that is not 32 hexadecimal digits, or stands in the wrong file");
        }
        if line <= before {
            return Some("is not in ascending order, or has a line twice");
        }
        before = line;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_lines_of_digits() {
        let line = |digit: char| format!("{}\n", digit.to_string().repeat(32));
        let list = line('1') + &line('2') + &line('a');
        assert_eq!(broken("counted.txt", list.as_bytes()), None);
        assert_eq!(broken("counted.txt", b""), None);
        assert_eq!(broken("counted/aa.txt", line('a').as_bytes()), None);
        for wrong in [
            line('2') + &line('1'),
            line('1') + &line('1'),
            line('A'),
            line('g'),
            "\n".into(),
            list.trim_end().into(),
        ] {
            assert!(broken("counted.txt", wrong.as_bytes()).is_some(), "{wrong}");
        }
        assert!(broken("counted/ab.txt", line('a').as_bytes()).is_some());
    }
}
