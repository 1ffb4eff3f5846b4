//! Proofs about the log, and the log as a whole: what an auditor takes away.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::export::{ExportError, ExportPurpose, Pieces};
use crate::node::log_proofs::GrowthView;
use crate::node::{Error, Node};

/// Pieces of a bundle on their way.
const PIECES: usize = 2;

/// Which two sizes of the log.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Sizes {
    /// The older one, at least 1.
    #[param(value_type = u64, minimum = 1)]
    size1: Option<String>,
    /// The newer one; left out: the newest head.
    #[param(value_type = Option<u64>, minimum = 1)]
    size2: Option<String>,
}

/// To which end.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ToWhichEnd {
    /// `audit` 审计, `supervision` 督导检查, `dispute` 争议核查 or `archive` 归档. It stands in the log.
    #[param(value_type = String)]
    purpose: Option<String>,
}

/// Proves that an entry is in the log: a C2SP tlog-proof under the newest checkpoint that a witness cosigned. Its
/// `extra` is the entry; its leaf hash is SHA-256(0x00 ‖ entry).
#[utoipa::path(
    get, path = "/office/v1/log/{leaf}/proof", operation_id = "prove_entry", tag = "audit",
    params(("leaf" = i64, Path, description = "The index of the entry")),
    responses(
        (status = 200, description = "The proof", content_type = "text/plain; charset=utf-8", body = String),
        Refusals
    ),
    security(("session" = []))
)]
pub(super) async fn inclusion(
    node: web::Data<Node>,
    caller: OfficeCaller,
    leaf: web::Path<u64>,
) -> Result<HttpResponse, Problem> {
    let proof = node.prove_entry(&caller.0, *leaf).await?;
    Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body(proof))
}

/// Proves that the log of one size is the beginning of the log of another (RFC 6962 §2.1.2), in the words that
/// `guitu verify consistency` takes.
#[utoipa::path(
    get, path = "/office/v1/log/consistency", operation_id = "prove_consistency", tag = "audit", params(Sizes),
    responses((status = 200, description = "The proof", body = GrowthView), Refusals),
    security(("session" = []))
)]
pub(super) async fn consistency(
    node: web::Data<Node>,
    caller: OfficeCaller,
    sizes: web::Query<Sizes>,
) -> Result<HttpResponse, Problem> {
    let size =
        |text: Option<&str>| text.map(str::parse::<u64>).transpose().ok().filter(|size| *size != Some(0));
    let old = size(sizes.size1.as_deref()).flatten();
    let old = old.ok_or_else(|| Problem::bad_request("size1_invalid", "`size1` is at least 1"))?;
    let wrong =
        || Problem::bad_request("size2_invalid", "`size2` is at least `size1`, at most the log's size");
    let new = size(sizes.size2.as_deref()).ok_or_else(wrong)?;
    if new.is_some_and(|new| new < old) {
        return Err(wrong());
    }
    let view = node.prove_growth(&caller.0, old, new).await.map_err(|error| match error {
        Error::NotFound => wrong(),
        other => other.into(),
    })?;
    json(StatusCode::OK, &view)
}

/// Downloads the log as one bundle, as `guitu audit export` writes it, for `guitu audit verify --trust`. The export
/// is in the log, with its purpose, before the first byte leaves.
#[utoipa::path(
    get, path = "/office/v1/log/bundle", operation_id = "download_bundle", tag = "audit", params(ToWhichEnd),
    responses(
        (status = 200, description = "The bundle", content_type = "application/octet-stream", body = String),
        Refusals
    ),
    security(("session" = []))
)]
pub(super) async fn bundle(
    node: web::Data<Node>,
    caller: OfficeCaller,
    end: web::Query<ToWhichEnd>,
) -> Result<HttpResponse, Problem> {
    let purpose: Option<ExportPurpose> = end.purpose.as_deref().and_then(|text| text.parse().ok());
    let purpose = purpose.filter(|purpose| *purpose != ExportPurpose::Backup).ok_or_else(|| {
        Problem::bad_request("purpose_invalid", "`purpose` is audit, supervision, dispute or archive")
    })?;
    node.note_export(Some(&caller.0), purpose).await?;
    let name = format!("attachment; filename=\"{}.guitu-bundle\"", node.id());
    let (pieces, taken) = mpsc::channel(PIECES);
    tokio::spawn(hand_out(node, pieces));
    Ok(HttpResponse::Ok()
        .content_type(ContentType::octet_stream())
        .insert_header((CONTENT_DISPOSITION, name))
        .body(Download(taken)))
}

/// Hands the bundle out; a failure ends the answer before its end, which the client sees.
async fn hand_out(node: web::Data<Node>, pieces: Pieces) {
    if let Err(error) = node.export_to(&pieces).await {
        tracing::warn!("a bundle was not handed out whole: {error}");
        let _ = pieces.send(Err(error)).await;
    }
}

/// The body: pieces as they come.
struct Download(mpsc::Receiver<Result<Vec<u8>, ExportError>>);

impl MessageBody for Download {
    type Error = ExportError;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<web::Bytes, ExportError>>> {
        self.get_mut().0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(web::Bytes::from)))
    }
}
