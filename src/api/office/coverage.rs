//! `GET /office/v1/log/coverage`: which messages of a pair of nodes are in both logs.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::domain::node::NodeId;
use crate::exchange::message::Epoch;
use crate::node::Node;
use crate::node::coverage::CoverageView;

/// Which messages.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The other node: its six digits.
    #[param(value_type = String)]
    peer: Option<String>,
    /// The sender's epoch; left out: that of each chain now.
    epoch: Option<String>,
    /// From this number on, at least 1; left out: 1. At most 50,000 numbers of each lane are looked at.
    #[param(value_type = Option<u64>, minimum = 1)]
    first: Option<String>,
    /// Up to this number; left out: the last one.
    #[param(value_type = Option<u64>, minimum = 1)]
    last: Option<String>,
}

/// Reports which messages between this node and a peer are in both logs (覆盖报告), for auditors only. In both: this
/// node's own entry, and the peer's receipt with its proof. Of what the peer sent, this node shows its own half; the
/// other half is in the peer's bundle (`guitu audit reconcile`).
#[utoipa::path(
    get, path = "/office/v1/log/coverage", operation_id = "report_coverage", tag = "audit", params(Which),
    responses((status = 200, description = "One per lane and direction", body = Vec<CoverageView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn report(
    node: web::Data<Node>,
    caller: OfficeCaller,
    which: web::Query<Which>,
) -> Result<HttpResponse, Problem> {
    let bad = Problem::bad_request;
    let peer: Option<NodeId> = which.peer.as_deref().and_then(|text| text.parse().ok());
    let peer = peer.ok_or_else(|| bad("peer_invalid", "`peer` is the six digits of a node"))?;
    let epoch = which.epoch.as_deref().map(str::parse::<Epoch>).transpose();
    let epoch = epoch.map_err(|_| bad("epoch_invalid", "`epoch` is no epoch, such as 1-0123456789abcdef"))?;
    let number = |text: Option<&str>| {
        let number = text.map(str::parse::<u64>).transpose().ok()?;
        number.is_none_or(|number| (1..1 << 53).contains(&number)).then_some(number)
    };
    let first =
        number(which.first.as_deref()).ok_or_else(|| bad("first_invalid", "`first` is at least 1"))?;
    let first = first.unwrap_or(1);
    let last = number(which.last.as_deref()).filter(|last| last.is_none_or(|last| last >= first));
    let last = last.ok_or_else(|| bad("last_invalid", "`last` is not below `first`"))?;
    json(StatusCode::OK, &node.coverage(&caller.0, peer, epoch, first, last).await?)
}
