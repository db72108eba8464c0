//! The digest as Markdown: CommonMark, and tables as GitHub and most chats have them.

use super::content::{Digest, Line, Rows};
use super::text::products;

/// The whole digest.
pub(super) fn render(digest: &Digest) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    push(&format!("# What {} came to, up to {}", plain(&products(digest)), plain(&digest.until)));
    if !digest.collector.is_empty() {
        push("");
    }
    digest.collector.iter().for_each(|line| push(&said(line)));
    for product in &digest.products {
        push("");
        push(&format!("## {}", plain(&product.title)));
        for section in &product.sections {
            push("");
            push(&format!("### {}", plain(&section.title)));
            push("");
            if let Some(table) = &section.table {
                rows(table).iter().for_each(|row| push(row));
                push("");
            }
            section.lines.iter().for_each(|line| push(&said(line)));
        }
        if !product.links.is_empty() {
            push("");
            push("### Where to look");
            push("");
        }
        for (what, address) in &product.links {
            push(&format!("- [{}](<{address}>)", plain(what)));
        }
    }
    out
}

fn said(line: &Line) -> String {
    format!("- {}{}", bold(line.tone.word()), plain(&line.text))
}

fn rows(table: &Rows) -> Vec<String> {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let aligned: Vec<&str> =
        (0..table.columns.len()).map(|at| if at == 0 { "---" } else { "---:" }).collect();
    let mut lines = vec![row(&table.columns), format!("| {} |", aligned.join(" | "))];
    lines.extend(table.rows.iter().map(|cells| row(cells)));
    lines
}

fn bold(word: &str) -> String {
    if word.is_empty() { String::new() } else { format!("**{}** ", word.trim_end()) }
}

/// The text as it is: nothing in it is a mark, an address or HTML.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // An address in the text would become a link.
    for letter in text.replace("://", ":\u{200b}//").chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => {
                out.extend(['\\', letter])
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            plain("a|b <i> *x* [y](z) &amp;\n# `"),
            "a\\|b \\<i\\> \\*x\\* \\[y\\](z) \\&amp; \\# \\`"
        );
    }
}
