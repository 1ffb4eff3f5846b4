//! Pages of lists: a cursor over the order of commits, never over time.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::problem::Problem;
use crate::node::concerns::{AlarmView, RefusalView};
use crate::node::search::Filter;
use crate::node::views::{EntryView, LeadRow, Page, ReceivedView};

/// Own leads.
pub(super) type LeadPage = Page<LeadRow>;
/// Leads received.
pub(super) type ReceivedPage = Page<ReceivedView>;
/// Entries of the log.
pub(super) type EntryPage = Page<EntryView>;
/// Alarms.
pub(super) type AlarmPage = Page<AlarmView>;
/// Messages refused for good.
pub(super) type RefusalPage = Page<RefusalView>;

/// Most rows of a page.
const MOST: i64 = 200;
/// The cursor before the first entry of a log, which has the index 0.
const START: i64 = -1;
/// Rows of a page if nobody says.
const USUAL: i64 = 50;

/// Which page.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// The `next` of the page before; left out: from the start.
    #[param(minimum = -1)]
    pub after: Option<i64>,
    /// How many rows at most, 1 to 200; left out: 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// Where a page of fixed size begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Cursor {
    /// The `next` of the page before; left out: from the start.
    #[param(minimum = -1)]
    pub after: Option<i64>,
}

impl Cursor {
    /// The cursor.
    pub(super) fn after(self) -> i64 {
        self.after.unwrap_or(START)
    }
}

/// Which own leads, and which page of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LeadQuery {
    /// The `next` of the page before; left out: from the start.
    #[param(minimum = -1)]
    pub after: Option<i64>,
    /// How many rows at most, 1 to 200; left out: 50.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Only leads of this kind.
    pub kind: Option<String>,
    /// Only leads with a place in this region: a GB/T 2260 code of any level.
    pub region: Option<String>,
}

impl LeadQuery {
    /// The page.
    pub(super) const fn paging(&self) -> Paging {
        Paging { after: self.after, limit: self.limit }
    }

    /// The filter.
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        let bad = |detail| Problem::bad_request("query_invalid", detail);
        let kind = self.kind.as_deref().map(str::parse).transpose();
        let region = self.region.as_deref().map(str::parse).transpose();
        Ok(Filter {
            kind: kind.map_err(|_| bad("`kind` is not a kind of lead"))?,
            region: region.map_err(|_| bad("`region` is not a GB/T 2260 code of six digits"))?,
        })
    }
}

impl Paging {
    /// Cursor and limit.
    pub(super) fn bounds(self) -> Result<(i64, i64), Problem> {
        let (after, limit) = (self.after.unwrap_or(START), self.limit.unwrap_or(USUAL));
        if after < START || !(1..=MOST).contains(&limit) {
            return Err(Problem::bad_request("query_invalid", "`after` is at least -1, `limit` is 1 to 200"));
        }
        Ok((after, limit))
    }
}

#[cfg(test)]
mod tests;
