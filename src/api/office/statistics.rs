//! Statistics of exchange for the upper node: counts only, small ones suppressed. Any officer reads them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use super::forms::TellStatistics;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::statistics::StatisticsView;

/// Lists the statistics of exchange that this node told its upper node, and those that nodes below told it.
#[utoipa::path(
    get, path = "/office/v1/statistics", operation_id = "list_statistics", tag = "filings",
    responses((status = 200, description = "One per table", body = Vec<StatisticsView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, _: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.statistics().await?)
}

/// Tells the upper node how many leads of each kind were given to peers in each month. Counts below 11 are
/// suppressed, and with them every sum that they are part of. A month is told once, when it is over.
#[utoipa::path(
    post, path = "/office/v1/statistics", operation_id = "tell_statistics", tag = "filings",
    request_body = TellStatistics,
    responses((status = 201, description = "On its way", body = StatisticsView), Refusals),
    security(("session" = []))
)]
pub(super) async fn tell(
    node: web::Data<Node>,
    call: OfficeCall<TellStatistics>,
) -> Result<HttpResponse, Problem> {
    let TellStatistics { from, until } = call.body;
    json(StatusCode::CREATED, &node.tell_statistics(&call.officer, from, until).await?)
}
