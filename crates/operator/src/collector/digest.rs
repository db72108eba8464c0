//! `aboveboard collector digest`: what the page says of each product, for mail, a chat or a terminal.

use std::io::Read as _;
use std::process::ExitCode;

use aboveboard_agent::output;
use anyhow::bail;

use super::{CollectorArguments, Target, client};

/// Longest digest that is read: one of a product has some kibibytes.
const MAX_DIGEST: u64 = 16 << 20;

/// What `collector digest` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The form: plain text of 80 columns, Markdown, or HTML for mail
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The product [default: every one]
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,
    /// The address under which browsers reach the page, for links to it [default: no links]
    #[arg(long, value_name = "URL", value_parser = client::address)]
    page: Option<String>,
}

/// The forms by their names.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Plain text of 80 columns
    Text,
    /// Markdown
    Md,
    /// HTML for mail: one document, nothing in it is fetched
    Html,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Md => "md",
            Self::Html => "html",
        }
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Target::Running { operator, .. } = options.collector.find()? else {
        bail!("a digest says whether data arrives now, so the collector must run; start it and ask again");
    };
    let mut path = format!("/api/digest?format={}", options.format.name());
    for (key, value) in [("product", &options.product), ("page", &options.page)] {
        if let Some(value) = value {
            path.push_str(&format!("&{key}={}", encoded(value)));
        }
    }
    let mut text = String::new();
    operator.stream(&path)?.take(MAX_DIGEST).read_to_string(&mut text)?;
    output::data(text.trim_end_matches('\n'));
    Ok(ExitCode::SUCCESS)
}

/// The value of a parameter in an address.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
