//! Listing own leads: all of them in the order of the log, or those that a filter finds.
//!
//! The projection is caught up before it is asked, so what is missing in it (a crash, a new folder)
//! comes back by itself.

use uuid::Uuid;

use super::lead_seal::{OpenLead, open_row};
use super::officer::Officer;
use super::publish::listing_of;
use super::unreadable::whole;
use super::views::{LeadRow as Row, Page};
use super::{Error, Node};
use crate::audit::EntryType;
use crate::domain::lead::codes::LeadKind;
use crate::domain::lead::status::Status;
use crate::domain::region::{Level, RegionCode};
use crate::domain::unit::Duty;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, LeadRow};
use crate::store::projection::{self, IndexRow};

/// Most rows of one page.
const PAGE: i64 = 200;

/// Edits that the projection takes in at a time.
const CATCH_UP: i64 = 500;

/// What a list is narrowed to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Leads of this kind only.
    pub kind: Option<LeadKind>,
    /// Leads with a place in this region only.
    pub region: Option<RegionCode>,
}

impl Node {
    /// The own leads that the filter finds, in the order of their last edit in the log, after index
    /// `after`. One log entry.
    pub async fn list(
        &self,
        officer: &Officer,
        filter: Filter,
        after: i64,
        limit: i64,
    ) -> Result<Page<Row>, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let limit = limit.clamp(1, PAGE);
        self.catch_up().await?;
        let mut tx = self.db.projections.snapshot().await?;
        let kind = filter.kind.map_or("", LeadKind::code);
        let found = projection::search(&mut tx, kind, codes(filter.region), after, limit).await?;
        tx.rollback().await?;
        let full = found.len() == usize::try_from(limit).unwrap_or(0);
        let next = found.last().map(|(leaf, _)| *leaf).filter(|_| full);
        let ids: Vec<Uuid> = found.into_iter().map(|(_, lead)| lead).collect();
        let mut tx = self.db.node.snapshot().await?;
        let mut rows = leads::find_all(&mut tx, &ids).await?;
        rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
        let opened = self.open_rows(rows).await?;
        let references: Vec<_> = opened.iter().map(OpenLead::reference).collect();
        let items = opened.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        self.record(tx, EntryType::List, listing_of(officer, &references)?).await?;
        Ok(Page { items, next })
    }

    /// Takes every edit into the projection that it does not know yet.
    async fn catch_up(&self) -> Result<(), Error> {
        let mut tx = self.db.projections.snapshot().await?;
        let mut known = projection::newest(&mut tx).await?;
        tx.rollback().await?;
        loop {
            let mut tx = self.db.node.snapshot().await?;
            let missing = leads::feed(&mut tx, known, CATCH_UP).await?;
            tx.rollback().await?;
            let Some((last, _)) = missing.last() else { return Ok(()) };
            known = *last;
            self.index(missing).await?;
        }
    }

    async fn index(&self, missing: Vec<(i64, LeadRow)>) -> Result<(), Error> {
        let (leaves, rows): (Vec<i64>, Vec<LeadRow>) = missing.into_iter().unzip();
        let places: Vec<(i64, Uuid)> = leaves.into_iter().zip(rows.iter().map(|row| row.id)).collect();
        let opened = self.open_rows(rows).await?;
        let index = opened.iter().map(|open| {
            let lead = open.lead.value();
            let leaf = places.iter().find(|(_, id)| *id == open.row.id).map_or(0, |(leaf, _)| *leaf);
            let regions = lead.places.iter().map(|place| i64::from(place.code.number())).collect();
            IndexRow { lead: open.row.id, leaf, kind: lead.kind.code(), regions }
        });
        let index = index.collect();
        let mut tx: Tx = self.db.projections.begin().await?;
        projection::put(&mut tx, index).await?;
        Ok(tx.commit().await?)
    }

    /// Opens rows, leaving out what was erased, and what is damaged: it hides no other.
    pub(super) async fn open_rows(&self, mut rows: Vec<LeadRow>) -> Result<Vec<OpenLead>, Error> {
        rows.retain(|row| row.status != Status::Purged.code());
        let ids: Vec<Uuid> = rows.iter().map(|row| row.data_key).collect();
        let mut keys = self.keystore.load(&ids).await?;
        let opened = rows.into_iter().filter_map(|row| {
            let key = keys.remove(&row.data_key)?;
            whole(key.map_err(Error::from).and_then(|key| open_row(row, key)))
        });
        opened.collect()
    }
}

fn row(open: &OpenLead) -> Result<Row, Error> {
    let lead = open.lead.value();
    Ok(Row {
        id: open.row.id,
        sub: open.row.sub,
        version: open.version()?,
        status: open.status,
        kind: lead.kind,
        priority: lead.priority,
    })
}

/// The codes that lie in a region: first and last; both 0 for anywhere.
fn codes(region: Option<RegionCode>) -> (i64, i64) {
    let Some(region) = region else { return (0, 0) };
    let first = i64::from(region.number());
    let width = match region.level() {
        Level::Province => 9_999,
        Level::Prefecture => 99,
        Level::County => 0,
    };
    (first, first + width)
}
