//! Which texts may be names. None needs escaping in JSON, in a file name or in a path.

use super::limits::{MAX_ADDRESS, MAX_MAIL, MAX_NAME, MAX_ROUTE};

/// `quarry`, `event-triggers`, `table_tracked`: begins with a letter.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && is_entry(text)
}

/// An entry of a closed list; it may begin with a digit.
pub(crate) fn is_entry(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    begins && text.len() <= MAX_NAME && text.chars().all(allowed)
}

/// `metadata apply`, `db:migrate`, `Build`, `v1.2`: words joined by one space, as parsers of command lines know them. A word
/// begins as no flag does, and as no formula of a spreadsheet.
pub(crate) fn is_command(text: &str) -> bool {
    let is_inner = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '+' | '@' | '/' | '%' | ',')
    };
    let begins = |word: &str| word.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    text.len() <= MAX_NAME && text.split(' ').all(|word| begins(word) && word.chars().all(is_inner))
}

/// `/data/:source`: begins with a slash; printable ASCII without space, quotes, backslash, query or fragment.
pub(crate) fn is_route(text: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '?' | '#' | '<' | '>' | '&' | '\'');
    text.starts_with('/') && text.len() <= MAX_ROUTE && text.chars().all(allowed)
}

/// `data/trackTable`, `@@router/LOCATION_CHANGE`: printable ASCII.
pub(crate) fn is_action_type(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '\'' | '`' | '<' | '>' | '&');
    !text.is_empty() && text.len() <= MAX_ROUTE && text.chars().all(|c| c == ' ' || allowed(c))
}

/// `qk_pub_quarry`: the value of a header.
pub(crate) fn is_ingest_key(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(allowed)
}

/// `https://telemetry.quarry.example/path`: no user, query, fragment, space or trailing slash.
pub(crate) fn is_address(text: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/' | ':' | '%' | '[' | ']')
    };
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    !host.is_empty() && text.len() <= MAX_ADDRESS && !text.ends_with('/') && rest.chars().all(allowed)
}

/// A mail address, roughly: one `@` between two parts without spaces.
pub(crate) fn is_mail(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let part = |part: &str| !part.is_empty() && part.chars().all(allowed);
    text.len() <= MAX_MAIL && text.split_once('@').is_some_and(|(user, host)| part(user) && part(host))
}

/// The name generated code gives it: what no identifier may hold becomes `_`, and it never begins with a digit.
pub(crate) fn identifier(name: &str) -> String {
    let spelled = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    if spelled.starts_with(|c: char| c.is_ascii_digit()) { format!("_{spelled}") } else { spelled }
}

/// The name of a type or variant: `remote-schemas` becomes `RemoteSchemas`.
pub(crate) fn camel(name: &str) -> String {
    let mut spelled = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = part.chars();
        spelled.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        spelled.push_str(letters.as_str());
    }
    match spelled.as_str() {
        "Self" => "Self_".to_owned(),
        _ if spelled.starts_with(|c: char| c.is_ascii_digit()) => format!("N{spelled}"),
        _ => spelled,
    }
}

/// Whether generated code would give two names one spelling.
pub(crate) fn clash(a: &str, b: &str) -> bool {
    identifier(a) == identifier(b) || camel(a) == camel(b)
}

/// The known name nearest to a mistyped one, if any is near.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let near = |known: &&str| distance(name, known) <= if known.len() < 5 { 1 } else { 2 };
    known.into_iter().filter(near).min_by_key(|known| distance(name, known))
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_needs_escaping() {
        assert!(is_name("event-triggers") && is_entry("3scale") && is_command("metadata apply"));
        assert!(is_route("/data/:source/*") && is_action_type("@@router/LOCATION_CHANGE"));
        assert!(is_address("https://a.example/x") && is_mail("a@b.example"));
        for wrong in ["", "3scale", "Tables", "a b", "a.b", "ä", "-a", "a\"b"] {
            assert!(!is_name(wrong), "{wrong}");
        }
        for wrong in
            ["", "metadata  apply", " init", "init ", "metadata --all", "-x", "a\"b", "=1+1", "a\\b", "größe"]
        {
            assert!(!is_command(wrong), "{wrong}");
        }
        for word in [
            "Build",
            "v1.2",
            "db:migrate",
            "_internal",
            "__complete",
            "7z",
            "g++",
            "rg",
            "a/b",
            "Add Remote_2",
        ] {
            assert!(is_command(word), "{word}");
        }
        for wrong in ["data", "/a b", "/a\"b", "/a\\b", "/a?b=c", "/ä", ""] {
            assert!(!is_route(wrong), "{wrong}");
        }
        for wrong in ["http://a.example", "https://", "https://a/", "https://u@a", "https://a?b"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(nearest("comands", ["commands", "why"]), Some("commands"));
        assert_eq!(nearest("zebra", ["commands", "why"]), None);
    }
}
