//! What a segment and a batch say of their sender.

use super::event::{list, once};
use super::json::Json;
use super::violation::Malformed;
use crate::declaration::Component;
use crate::envelope::{ARCHITECTURES, CodingAgent, Header, Mark, Marks, OPERATING_SYSTEMS, known};
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
    let mut agent = None;
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
            "agent" => once(&mut agent, json.text()),
            _ => None,
        })
    })?;
    Some(SegmentHeader {
        segment: segment?,
        product: product?,
        revision: revision?,
        manifest: manifest?,
        endpoint: endpoint?,
        header: Machine {
            component: component?,
            version: version?,
            os: os?,
            arch: arch?,
            marks: &marks?,
            agent,
        }
        .header()
        .ok()?,
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

/// The second line of the file of a running command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOrigin {
    /// When the machine was started on which it runs, in seconds since 1970.
    pub booted: u64,
    /// A checksum of that machine's name.
    pub node: u32,
}

/// Reads the second line of the file of a running command as [`push_run_origin`](crate::encode::push_run_origin) wrote it.
#[must_use]
pub fn run_origin(json: &str) -> Option<RunOrigin> {
    let [mut booted, mut node] = [None; 2];
    Json::read(json, |json| {
        json.object(|json, key| match key {
            "booted" => once(&mut booted, json.number()),
            "node" => once(&mut node, json.number()),
            _ => None,
        })
    })?;
    Some(RunOrigin { booted: booted?, node: node.and_then(|node| u32::try_from(node).ok())? })
}

/// What a segment or a batch says of machine and build, in the words in which it was written.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a, M> {
    /// The recording component.
    pub component: &'a str,
    /// The product's own version.
    pub version: &'a str,
    /// The operating system.
    pub os: &'a str,
    /// The architecture.
    pub arch: &'a str,
    /// The marks.
    pub marks: &'a [M],
    /// Which coding agent; there with the mark `agent`, and only with it.
    pub agent: Option<&'a str>,
}

impl<M: AsRef<str>> Machine<'_, M> {
    /// The header in domain types.
    ///
    /// # Errors
    /// Where a word is none that an agent writes.
    pub fn header(&self) -> Result<Header, Malformed> {
        Ok(Header {
            component: Component::parse(self.component).ok_or(Malformed("component: unknown"))?,
            version: Version::parse(self.version)
                .ok_or(Malformed("version: not MAJOR.MINOR.PATCH[-CHANNEL]"))?,
            os: known(&OPERATING_SYSTEMS, self.os).ok_or(Malformed("os: unknown"))?,
            arch: known(&ARCHITECTURES, self.arch).ok_or(Malformed("arch: unknown"))?,
            marks: self.marks()?,
        })
    }

    fn marks(&self) -> Result<Marks, Malformed> {
        let mut marks = Marks::default();
        for name in self.marks {
            marks = marks.with(Mark::parse(name.as_ref()).ok_or(Malformed("marks: unknown"))?);
        }
        match self.agent {
            None if marks.has(Mark::Agent) => Err(Malformed("agent: missing beside its mark")),
            None => Ok(marks),
            Some(_) if !marks.has(Mark::Agent) => Err(Malformed("agent: without its mark")),
            Some(agent) => {
                Ok(marks.with_agent(CodingAgent::parse(agent).ok_or(Malformed("agent: unknown"))?))
            }
        }
    }
}

fn small(json: &mut Json<'_>) -> Option<u32> {
    json.number().and_then(|number| u32::try_from(number).ok())
}
