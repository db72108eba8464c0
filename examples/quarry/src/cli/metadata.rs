//! `quarry metadata`

use anyhow::Context as _;

use super::{Client, Project, init};
use crate::catalog::Metadata;

pub(super) fn apply(project: &Project, client: &Client) -> anyhow::Result<()> {
    let file = project.metadata_file();
    let text = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let metadata: Metadata =
        serde_json::from_slice(&text).with_context(|| format!("cannot parse {}", file.display()))?;
    client.put("/v1/metadata", &metadata)?;
    super::tell(&format!("applied {} tables and views", metadata.tables.len()));
    Ok(())
}

pub(super) fn export(project: &Project, client: &Client) -> anyhow::Result<()> {
    let metadata: Metadata = client.get("/v1/metadata")?;
    let file = project.metadata_file();
    init::write(&file, &metadata)?;
    super::tell(&format!("wrote {}", file.display()));
    Ok(())
}

pub(super) fn clear(client: &Client) -> anyhow::Result<()> {
    client.delete("/v1/metadata")?;
    super::tell("cleared the server's metadata");
    Ok(())
}
