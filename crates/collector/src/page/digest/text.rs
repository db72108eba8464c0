//! The digest as plain text of 80 columns.

use super::content::{Digest, Line, Rows, Section};
use super::wrap::{length, wrap};

/// The width of a terminal, and of a mail that is read without being wrapped again.
const WIDTH: usize = 80;

/// The narrowest that the names of rows are wrapped to.
const MIN_NAME: usize = 16;

/// The whole digest.
pub(super) fn render(digest: &Digest) -> String {
    let mut out = Text::default();
    out.title(&format!("What {} came to, up to {}", products(digest), digest.until), '=');
    if !digest.collector.is_empty() {
        out.blank();
    }
    digest.collector.iter().for_each(|line| out.said(line));
    for product in &digest.products {
        out.blank();
        out.title(&product.title, '-');
        for section in &product.sections {
            out.blank();
            out.section(section);
        }
        if !product.links.is_empty() {
            out.blank();
            out.line("", "Where to look");
        }
        for (what, address) in &product.links {
            out.line("  ", &format!("{what}: {address}"));
        }
    }
    out.0
}

/// How many products it is about.
pub(super) fn products(digest: &Digest) -> String {
    match digest.products.as_slice() {
        [product] => product.title.clone(),
        products => format!("{} products", products.len()),
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn blank(&mut self) {
        self.0.push('\n');
    }

    fn title(&mut self, text: &str, rule: char) {
        let lines = wrap(text, WIDTH);
        let width = lines.iter().map(|line| length(line)).max().unwrap_or(0);
        lines.iter().for_each(|line| self.push(line));
        self.push(&rule.to_string().repeat(width.min(WIDTH)));
    }

    fn section(&mut self, section: &Section) {
        self.line("", &section.title);
        if let Some(table) = &section.table {
            self.table(table);
        }
        section.lines.iter().for_each(|line| self.said(line));
    }

    fn said(&mut self, Line { tone, text }: &Line) {
        self.line("  ", &format!("{}{text}", tone.word()));
    }

    /// The first column to the left, the others to the right.
    fn table(&mut self, table: &Rows) {
        let widths: Vec<usize> = (0..table.columns.len())
            .map(|at| {
                let cells = table.rows.iter().filter_map(|row| row.get(at));
                cells.chain(table.columns.get(at)).map(|cell| length(cell)).max().unwrap_or(0)
            })
            .collect();
        let others: usize = widths.iter().skip(1).map(|width| width + 2).sum();
        let name = widths.first().copied().unwrap_or(0).min(WIDTH.saturating_sub(2 + others)).max(MIN_NAME);
        for row in std::iter::once(&table.columns).chain(&table.rows) {
            let names = wrap(row.first().map_or("", String::as_str), name);
            for (at, part) in names.iter().enumerate() {
                let mut line = format!("  {part}{}", " ".repeat(name.saturating_sub(length(part))));
                if at == 0 {
                    for (cell, width) in row.iter().zip(&widths).skip(1) {
                        line.push_str(&" ".repeat(2 + width.saturating_sub(length(cell))));
                        line.push_str(cell);
                    }
                }
                self.push(line.trim_end());
            }
        }
    }

    fn line(&mut self, indent: &str, text: &str) {
        for (at, line) in wrap(text, WIDTH - indent.len() - 2).iter().enumerate() {
            let hang = if at == 0 { "" } else { "  " };
            self.push(&format!("{indent}{hang}{line}"));
        }
    }

    /// Spaces that do not break have kept together what belongs together; a terminal shows plain ones as well.
    fn push(&mut self, line: &str) {
        self.0.push_str(&line.replace('\u{a0}', " "));
        self.0.push('\n');
    }
}
