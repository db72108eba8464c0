//! `published`: the figures that the makers publish, checked, beside what this installation sent.

mod counted;
mod document;
mod own;
mod remembered;
mod run;
mod shown;
mod site;

pub(crate) use run::run;
