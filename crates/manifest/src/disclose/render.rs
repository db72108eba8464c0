//! Blocks as Markdown and as HTML. In prose, backticks set literals apart; everything else is escaped.

use std::fmt::Write as _;

use aboveboard_types::declaration::Component;

/// A part of a page.
pub(super) enum Block {
    Heading(usize, String),
    Paragraph(String),
    List(Vec<String>),
    Table(Vec<&'static str>, Vec<Vec<String>>),
    Json(String),
}

pub(super) fn heading(level: usize, text: impl Into<String>) -> Block {
    Block::Heading(level, text.into())
}

pub(super) fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

/// A literal within prose.
pub(super) fn literal<T: AsRef<str> + ?Sized>(text: &T) -> String {
    format!("`{}`", text.as_ref())
}

/// How prose names a component.
pub(super) fn title(component: Component) -> &'static str {
    match component {
        Component::Server => "server",
        Component::Cli => "command line program",
        Component::Console => "web console",
        Component::App => "application",
        other => other.name(),
    }
}

pub(super) fn markdown(page: &[Block]) -> String {
    let mut out = String::new();
    for block in page {
        match block {
            Block::Heading(level, text) => {
                let _ = writeln!(out, "{} {}\n", "#".repeat(*level), prose_markdown(text));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}\n", prose_markdown(text));
            }
            Block::List(entries) => {
                for entry in entries {
                    let _ = writeln!(out, "- {}", prose_markdown(entry));
                }
                out.push('\n');
            }
            Block::Table(heads, rows) => {
                let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), " --- |".repeat(heads.len()));
                for row in rows {
                    let cells: Vec<_> =
                        row.iter().map(|cell| prose_markdown(cell).replace('|', "\\|")).collect();
                    let _ = writeln!(out, "| {} |", cells.join(" | "));
                }
                out.push('\n');
            }
            Block::Json(text) => {
                let _ = writeln!(out, "```json\n{text}\n```\n");
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

pub(super) fn html(page: &[Block], title: &str) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}td,th{{border-bottom:1px solid #8886;padding:.3rem .6rem;\
         text-align:left;vertical-align:top}}pre{{overflow:auto;background:#8881;padding:1rem}}</style>\n\
         </head>\n<body>\n",
        escaped(title)
    );
    for block in page {
        block_html(&mut out, block);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn block_html(out: &mut String, block: &Block) {
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = String>| {
        cells.map(|cell| format!("<{tag}>{cell}</{tag}>")).collect::<String>()
    };
    let _ = match block {
        Block::Heading(level, text) => writeln!(out, "<h{level}>{}</h{level}>", prose_html(text)),
        Block::Paragraph(text) => writeln!(out, "<p>{}</p>", prose_html(text)),
        Block::List(entries) => {
            writeln!(out, "<ul>{}</ul>", cells("li", &mut entries.iter().map(|entry| prose_html(entry))))
        }
        Block::Table(heads, rows) => {
            let head = cells("th", &mut heads.iter().map(|head| escaped(head)));
            let row = |row: &Vec<String>| cells("td", &mut row.iter().map(|cell| prose_html(cell)));
            let rows = cells("tr", &mut rows.iter().map(row));
            writeln!(out, "<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
        }
        Block::Json(text) => writeln!(out, "<pre><code>{}</code></pre>", escaped(text)),
    };
}

/// Prose for Markdown: what lies between backticks stays, the rest is escaped.
fn prose_markdown(text: &str) -> String {
    between(
        text,
        |literal| format!("`{literal}`"),
        |prose| {
            let mut out = String::new();
            for c in prose.chars() {
                if matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
                    out.push('\\');
                }
                out.push(c);
            }
            out
        },
    )
}

/// Prose for HTML.
fn prose_html(text: &str) -> String {
    between(text, |literal| format!("<code>{}</code>", escaped(literal)), escaped)
}

/// Treats what lies between two backticks apart from the rest; an odd backtick is prose.
fn between(text: &str, literal: impl Fn(&str) -> String, prose: impl Fn(&str) -> String) -> String {
    let parts: Vec<_> = text.split('`').collect();
    if parts.len() % 2 == 0 {
        return prose(&text.replace('`', "'"));
    }
    let part = |(index, part): (usize, &&str)| if index % 2 == 1 { literal(part) } else { prose(part) };
    parts.iter().enumerate().map(part).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
