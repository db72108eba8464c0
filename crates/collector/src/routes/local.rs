//! What is asked through the socket in the data directory alone: tokens, links, and what belongs into the audit log.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::login::link;
use super::services::{Services, refuse};
use crate::audit::Act;
use crate::database::Cluster;
use crate::error::StartError;
use crate::nodes::{self, RetireError, Retirement};
use crate::refusal::{Reason, Refusal};
use crate::tokens::{LINK_LIFE, TokenChange, TokensError};

pub(super) async fn tokens(State(services): State<Services>) -> Response {
    Json(services.tokens.list()).into_response()
}

/// Makes, rotates or revokes a token.
pub(super) async fn change(State(services): State<Services>, Json(change): Json<TokenChange>) -> Response {
    let now = services.ingest.clock.unchecked();
    let tokens = services.tokens.clone();
    let shared = services.shared.clone();
    let act = Act::new("token", None, &change.to_string());
    let changed = tokio::task::spawn_blocking(move || shared.change_token(&tokens, &change, now)).await;
    let mut response = match changed {
        Ok(Ok(token)) => Json(json!({ "token": token })).into_response(),
        Ok(Err(error @ TokensError::Io { .. })) => {
            refuse(&services, Refusal::new(Reason::NotKept, error.to_string()))
        }
        Ok(Err(error @ TokensError::NotShared(_))) => {
            refuse(&services, Refusal::new(Reason::StoreFailed, error.to_string()))
        }
        Ok(Err(error)) => refuse(&services, Refusal::unusable(error.to_string())),
        Err(_) => refuse(&services, Reason::Stopping),
    };
    response.extensions_mut().insert(act);
    response
}

/// Makes a link for a browser, at the collector's own address.
pub(super) async fn new_link(State(services): State<Services>) -> Response {
    let mut response = match services.tokens.new_link() {
        Ok(code) => {
            let address = &*services.address;
            Json(json!({ "address": address, "path": link("", &code), "seconds": LINK_LIFE.as_secs() }))
                .into_response()
        }
        Err(error) => refuse(&services, Refusal::new(Reason::NotKept, error.to_string())),
    };
    response.extensions_mut().insert(Act::new("token", None, "new link for a browser"));
    response
}

/// The collectors of the cluster.
pub(super) async fn nodes(State(services): State<Services>) -> Response {
    let listed =
        on_cluster(&services, |cluster, services| Ok(nodes::nodes(cluster.backend(), services.publisher)?))
            .await;
    listed.map_or_else(|refusal| refuse(&services, refusal), |listed| Json(listed).into_response())
}

/// Says that a collector or a server of the cluster is gone for good.
pub(super) async fn retire(State(services): State<Services>, Json(retirement): Json<Retirement>) -> Response {
    let act = Act::new("retire", None, &retirement.to_string());
    let retired = on_cluster(&services, move |cluster, services| {
        nodes::retire(cluster, &retirement, services.ingest.clock.unchecked())
    });
    let mut response = match retired.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refuse(&services, refusal),
    };
    response.extensions_mut().insert(act);
    response
}

/// Works on the cluster, which may take as long as it takes to answer.
async fn on_cluster<T: Send + 'static>(
    services: &Services,
    work: impl FnOnce(&Cluster, &Services) -> Result<T, RetireError> + Send + 'static,
) -> Result<T, Refusal> {
    let Some(cluster) = services.cluster.clone() else {
        return Err(Refusal::unusable(StartError::Alone.to_string()));
    };
    let services = services.clone();
    match tokio::task::spawn_blocking(move || work(&cluster, &services)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(RetireError::Store(error))) => Err(Refusal::new(Reason::StoreFailed, error.to_string())),
        Ok(Err(error)) => Err(Refusal::unusable(error.to_string())),
        Err(_) => Err(Reason::Stopping.into()),
    }
}

/// Notes that a file is being imported: its batches come one by one.
pub(super) async fn import_begins() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(Act::new("import", None, "batches of a file"));
    response
}
