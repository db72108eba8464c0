//! What a segment and a batch say of their sender.

use super::event::{list, once};
use super::json::Json;
use super::violation::Malformed;
use crate::declaration::Component;
use crate::envelope::{ARCHITECTURES, Header, Mark, Marks, OPERATING_SYSTEMS, known};
use crate::value::Version;

/// The first line of a segment of the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentHeader<'a> {
    /// Version of the segment's format.
    pub segment: u32,
    /// Product id.
    pub product: &'a str,
    /// Revision of the manifest.
    pub revision: u32,
    /// Hash of the manifest.
    pub manifest: &'a str,
    /// Where its events may be sent; empty where they stay.
    pub endpoint: &'a str,
    /// What the machine and the build say of themselves.
    pub header: Header,
}

/// Reads the first line of a segment as [`push_header`](crate::encode::push_header) wrote it. `None` where a newer
/// version may have written it: with other keys or words than are known here.
#[must_use]
pub fn segment_header(json: &str) -> Option<SegmentHeader<'_>> {
    let [mut segment, mut revision] = [None; 2];
    let [mut product, mut manifest, mut endpoint] = [None; 3];
    let [mut component, mut version, mut os, mut arch] = [None; 4];
    let mut marks = None;
    Json::read(json, |json| {
        json.object(|json, key| match key {
            "segment" => once(&mut segment, small(json)),
            "product" => once(&mut product, json.text()),
            "revision" => once(&mut revision, small(json)),
            "manifest" => once(&mut manifest, json.text()),
            "endpoint" => once(&mut endpoint, json.text()),
            "component" => once(&mut component, json.text()),
            "version" => once(&mut version, json.text()),
            "os" => once(&mut os, json.text()),
            "arch" => once(&mut arch, json.text()),
            "marks" => once(&mut marks, list(json, Json::text)),
            _ => None,
        })
    })?;
    Some(SegmentHeader {
        segment: segment?,
        product: product?,
        revision: revision?,
        manifest: manifest?,
        endpoint: endpoint?,
        header: machine(component?, version?, os?, arch?, &marks?).ok()?,
    })
}

/// The second line of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentOrigin<'a> {
    /// The day on which the segment was made, in days since 1970.
    pub day: u16,
    /// The random name that it got.
    pub name: &'a str,
}

/// Reads the second line of a segment as [`push_origin`](crate::encode::push_origin) wrote it.
#[must_use]
pub fn segment_origin(json: &str) -> Option<SegmentOrigin<'_>> {
    let mut day = None;
    let mut name = None;
    Json::read(json, |json| {
        json.object(|json, key| match key {
            "made" => once(&mut day, json.number().and_then(|day| u16::try_from(day).ok())),
            "name" => once(&mut name, json.text()),
            _ => None,
        })
    })?;
    Some(SegmentOrigin { day: day?, name: name? })
}

/// The header in domain types, from the words in which it was written.
///
/// # Errors
/// Where a word is none that an agent writes.
pub fn machine(
    component: &str,
    version: &str,
    os: &str,
    arch: &str,
    marks: &[impl AsRef<str>],
) -> Result<Header, Malformed> {
    let marks =
        marks.iter().try_fold(Marks::default(), |set, name| Some(set.with(Mark::parse(name.as_ref())?)));
    Ok(Header {
        component: Component::parse(component).ok_or(Malformed("component: unknown"))?,
        version: Version::parse(version).ok_or(Malformed("version: not MAJOR.MINOR.PATCH[-CHANNEL]"))?,
        os: known(&OPERATING_SYSTEMS, os).ok_or(Malformed("os: unknown"))?,
        arch: known(&ARCHITECTURES, arch).ok_or(Malformed("arch: unknown"))?,
        marks: marks.ok_or(Malformed("marks: unknown"))?,
    })
}

fn small(json: &mut Json<'_>) -> Option<u32> {
    json.number().and_then(|number| u32::try_from(number).ok())
}
