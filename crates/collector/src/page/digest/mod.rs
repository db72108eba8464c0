//! The digest: what an operator would read on the page of each product, in a form for mail, a chat or a terminal.

mod answer;
mod content;
mod html;
mod markdown;
mod product;
mod text;
mod wrap;

pub(super) use answer::digest;
