//! Rows for machines: an export as it is made, for whoever the product belongs to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aboveboard_types::declaration::Component;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Query, State};
use axum::http::Uri;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Access, Shared, refuse};
use crate::export::{self, Export, ExportRequest, Form};
use crate::refusal::{Reason, Refusal};
use crate::store::StoreError;
use crate::store::calendar::Day;
use crate::store::sqlite::Reader;

/// Exports under way at once: each has a thread and reads the whole history.
const MAX_AT_ONCE: usize = 2;

/// What the doors of rows need.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(super) reader: Reader,
    places: Arc<Semaphore>,
}

impl Rows {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, places: Arc::new(Semaphore::new(MAX_AT_ONCE)) }
    }
}

/// What the address asks for. Empty values ask for nothing, as on the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
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

impl Asked {
    fn wish(self, form: Form) -> Result<ExportRequest, Refusal> {
        let mut wish = ExportRequest::of(&self.product, form);
        (wish.from, wish.until) = (day(&self.from)?, day(&self.until)?);
        if !self.component.is_empty() {
            let known = Component::parse(&self.component);
            wish.component = Some(
                known.ok_or_else(|| Refusal::unusable("component is one of server, cli, console, app"))?,
            );
        }
        wish.everything = match self.show.as_str() {
            "" | "headline" => false,
            "all" => true,
            _ => return Err(Refusal::unusable("show is headline or all")),
        };
        Ok(wish)
    }
}

fn day(text: &str) -> Result<Option<Day>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    export::day(text).map(Some).ok_or_else(|| Refusal::unusable("from and until are days such as 2026-11-22"))
}

pub(super) async fn csv(
    State(shared): State<Shared>,
    Extension(access): Extension<Access>,
    uri: Uri,
) -> Response {
    rows(shared, access, uri, Form::Csv).await
}

pub(super) async fn json_lines(
    State(shared): State<Shared>,
    Extension(access): Extension<Access>,
    uri: Uri,
) -> Response {
    rows(shared, access, uri, Form::JsonLines).await
}

async fn rows(shared: Shared, access: Access, uri: Uri, form: Form) -> Response {
    match begin(&shared, &access, &uri, form).await {
        Ok(body) => {
            let (kind, name) = match form {
                Form::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"rows.csv\""),
                Form::JsonLines => ("application/jsonl", "attachment; filename=\"rows.jsonl\""),
            };
            let headers: [(HeaderName, HeaderValue); 4] = [
                (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (headers, Body::new(body)).into_response()
        }
        Err(refusal) => refuse(&shared, refusal),
    }
}

async fn begin(shared: &Shared, access: &Access, uri: &Uri, form: Form) -> Result<Pieces, Refusal> {
    let unreadable = Refusal::unusable("rows are asked for by product, from, until, component and show");
    let Query(asked) = Query::<Asked>::try_from_uri(uri).map_err(|_| unreadable)?;
    let wish = asked.wish(form)?;
    if !access.sees(&wish.product) {
        return Err(Reason::NoSuchProduct.into());
    }
    let place = Arc::clone(&shared.rows.places).try_acquire_owned().map_err(|_| Reason::Busy)?;
    let (reader, manifests) = (shared.rows.reader.clone(), shared.ingest.manifests.clone());
    let begun = tokio::task::spawn_blocking(move || Export::begin(reader, &manifests, wish)).await;
    match begun {
        Ok(Ok(Some(export))) => Ok(Pieces::of(export, place)),
        Ok(Ok(None)) => Err(Reason::NoSuchProduct.into()),
        Ok(Err(error)) => {
            note(&error);
            Err(Refusal::new(Reason::Busy, "the store cannot be read just now; the collector's log says why"))
        }
        Err(_) => Err(Reason::Stopping.into()),
    }
}

fn note(error: &StoreError) {
    tracing::error!(%error, "an export cannot read the store");
}

/// The body of an export: its pieces, as its reader takes them. An error ends it short of its last chunk, so that no
/// part of an export is taken for the whole.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Pieces {
    /// Begins to read. A reader that leaves ends it with the next piece.
    fn of(mut export: Export, place: OwnedSemaphorePermit) -> Self {
        let (sender, receiver) = mpsc::channel(2);
        tokio::task::spawn_blocking(move || {
            let _place = place;
            loop {
                let piece = match export.piece() {
                    Ok(Some(piece)) => Ok(Bytes::from(piece)),
                    Ok(None) => return,
                    Err(error) => {
                        note(&error);
                        Err(io::Error::other("the store cannot be read"))
                    }
                };
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() || failed {
                    return;
                }
            }
        });
        Self(receiver)
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|next| next.map(|piece| piece.map(Frame::data)))
    }
}
