//! `quarry metadata`

use super::{Client, Project, output};
use crate::catalog::Metadata;
use crate::json_file;

pub(super) fn apply(project: &Project, client: &Client) -> anyhow::Result<()> {
    let metadata: Metadata = json_file::read(&project.metadata_file())?;
    client.put("/v1/metadata", &metadata)?;
    output::message(&format!("applied {} tables and views", metadata.tables.len()));
    Ok(())
}

pub(super) fn export(project: &Project, client: &Client) -> anyhow::Result<()> {
    let metadata: Metadata = client.get("/v1/metadata")?;
    let file = project.metadata_file();
    json_file::write(&file, &metadata)?;
    output::message(&format!("wrote {}", file.display()));
    Ok(())
}

pub(super) fn clear(client: &Client) -> anyhow::Result<()> {
    client.delete("/v1/metadata")?;
    output::message("cleared the server's metadata");
    Ok(())
}
