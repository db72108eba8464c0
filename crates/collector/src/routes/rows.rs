//! Rows for machines: an export, sent while it is made.

use std::io;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_types::declaration::Component;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Query, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::services::{Services, refuse};
use crate::access::Access;
use crate::audit::Act;
use crate::export::{self, Export, ExportFormat, ExportRequest};
use crate::refusal::{Reason, Refusal};
use crate::streamed::StreamedBody;

/// The parameters of the address. Empty values ask for nothing, as on the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsQuery {
    product: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    component: String,
    #[serde(default)]
    show: String,
}

impl RowsQuery {
    fn export_request(self, format: ExportFormat) -> Result<ExportRequest, Refusal> {
        let mut request = ExportRequest::of(&self.product, format);
        request.from = day(&self.from)?;
        request.until = day(&self.until)?;
        if !self.component.is_empty() {
            let known = Component::parse(&self.component);
            request.component = Some(
                known.ok_or_else(|| Refusal::unusable("component is one of server, cli, console, app"))?,
            );
        }
        request.everything = match self.show.as_str() {
            "" | "headline" => false,
            "all" => true,
            _ => return Err(Refusal::unusable("show is headline or all")),
        };
        Ok(request)
    }
}

fn day(text: &str) -> Result<Option<Day>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    export::day(text).map(Some).ok_or_else(|| Refusal::unusable("from and until are days such as 2026-11-22"))
}

/// The route of an export in this format.
pub(super) fn route(format: ExportFormat) -> MethodRouter<Services> {
    get(move |State(services), Extension(access), uri| rows(services, access, uri, format))
}

async fn rows(services: Services, access: Access, uri: Uri, format: ExportFormat) -> Response {
    match begin(&services, &access, &uri, format).await {
        Ok((body, act)) => {
            let (content_type, file_name) = match format {
                ExportFormat::Csv => {
                    ("text/csv; charset=utf-8; header=present", "attachment; filename=\"rows.csv\"")
                }
                ExportFormat::JsonLines => ("application/jsonl", "attachment; filename=\"rows.jsonl\""),
            };
            let headers = [
                (header::CONTENT_TYPE, content_type),
                (header::CONTENT_DISPOSITION, file_name),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            let mut response = (headers, Body::new(body)).into_response();
            response.extensions_mut().insert(act);
            response
        }
        Err(refusal) => refuse(&services, refusal),
    }
}

async fn begin(
    services: &Services,
    access: &Access,
    uri: &Uri,
    format: ExportFormat,
) -> Result<(StreamedBody, Act), Refusal> {
    let unreadable = Refusal::unusable("rows are asked for by product, from, until, component and show");
    let Query(query) = Query::<RowsQuery>::try_from_uri(uri).map_err(|_| unreadable)?;
    let request = query.export_request(format)?;
    if !access.sees(&request.product) {
        return Err(Reason::NoSuchProduct.into());
    }
    let act = Act::new("export", Some(&request.product), "rows");
    let permit = Arc::clone(&services.exports).try_acquire_owned().map_err(|_| Reason::Busy)?;
    let reader = services.ingest.reader.clone();
    let manifests = services.ingest.manifests.clone();
    let begun = tokio::task::spawn_blocking(move || Export::begin(reader, &manifests, request)).await;
    match begun {
        Ok(Ok(Some(export))) => Ok((stream(export, permit), act)),
        Ok(Ok(None)) => Err(Reason::NoSuchProduct.into()),
        Ok(Err(error)) => {
            tracing::error!(%error, "an export cannot read the store");
            Err(Reason::StoreFailed.into())
        }
        Err(_) => Err(Reason::Stopping.into()),
    }
}

/// The body of an export: its pieces, as fast as the client takes them, read on a thread that may block. When the client
/// leaves, reading ends with the next piece.
fn stream(mut export: Export, permit: OwnedSemaphorePermit) -> StreamedBody {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        loop {
            let piece = match export.piece() {
                Ok(Some(piece)) => Ok(Bytes::from(piece)),
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "an export cannot read the store");
                    Err(io::Error::other("the store cannot be read"))
                }
            };
            let failed = piece.is_err();
            if sender.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    StreamedBody(receiver)
}
