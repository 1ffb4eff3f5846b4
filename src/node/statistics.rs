//! Statistics of exchange for the upper node: what this node gave, by kind and month.
//!
//! Each lead counts once, at its owner, in the month in which it was sent first to a peer that stored it. Recipients do not count it:
//! the totals of two nodes would then give away what each hides. Invariant: a month is told once, since from two
//! tables that share one more could follow, and only when it is over.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::officer::Officer;
use super::{Error, Node, key, node_of};
use crate::clock::Timestamp;
use crate::domain::agreement::{FilingFault, Month, MonthsFault, Statistics, statistics};
use crate::domain::date::CivilDate;
use crate::domain::lead::codes::LeadKind;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::exchange::forms::{StatisticsForm, day};
use crate::exchange::message::{Header, Kind};
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::statistics as store;

/// Messages that are read at a time.
const ROWS: i64 = 2_000;

/// A table that was told, here or to us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatisticsView {
    /// Whose exchange.
    pub node: NodeId,
    /// The table.
    pub statistics: Statistics,
}

impl Node {
    /// Tells the upper node what was given from the month `from` to the month `until`. When this returns, the
    /// table is durable, in the log, and on its way.
    pub async fn tell_statistics(
        &self,
        officer: &Officer,
        from: Month,
        until: Month,
    ) -> Result<StatisticsView, Error> {
        officer.require(&[Duty::Approver])?;
        let months = self.months(from, until)?;
        let table = statistics(&months, &self.counted(&months, until).await?);
        let mut tx = self.db.node.begin().await?;
        let upper = self.upper_of(&mut tx, self.id).await?.ok_or(FilingFault::Exempt)?;
        let peer = self.registered(&mut tx, upper).await?;
        peer.filter(|peer| peer.active).ok_or(Error::PeerNotActive)?;
        let form = StatisticsForm { iss: self.id, iat: day(self.now()), statistics: table.clone() };
        let statement = jws::sign(self.keys.signing(), jws::typ::STATISTICS, &form)?;
        self.keep_statistics(&mut tx, &form, &statement).await?;
        self.tell(tx, officer, upper, Kind::Statistics, &statement).await?;
        Ok(StatisticsView { node: self.id, statistics: table })
    }

    /// Every table that this node told, and those of the nodes below. Holds no case data.
    pub async fn statistics(&self) -> Result<Vec<StatisticsView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let tables = self.tables(&mut tx).await?;
        Ok(tables.into_iter().map(|(node, statistics)| StatisticsView { node, statistics }).collect())
    }

    /// Keeps a table, our own or one of a node below, unless that node told of one of its months before: then the
    /// transaction is not to be committed.
    pub(super) async fn keep_statistics(
        &self,
        tx: &mut Tx,
        form: &StatisticsForm,
        statement: &str,
    ) -> Result<(), Error> {
        let months: Vec<String> = form.statistics.months.iter().map(Month::to_string).collect();
        let added = store::add(tx, key(form.iss), &months, statement).await?;
        if added { Ok(()) } else { Err(MonthsFault::AlreadyTold.into()) }
    }

    /// The tables that are known, with whose they are.
    pub(super) async fn tables(&self, tx: &mut Tx) -> Result<Vec<(NodeId, Statistics)>, Error> {
        let corrupt = |_| Error::Corrupt("statistics");
        let rows = store::all(tx).await?;
        rows.into_iter()
            .map(|(node, statement)| {
                let form: StatisticsForm =
                    serde_json::from_value(jws::claimed_payload(&statement)?).map_err(corrupt)?;
                Ok((node_of(node)?, form.statistics))
            })
            .collect()
    }

    /// What was given in those months. They are over and every receipt is here, so that it stays so.
    async fn counted(
        &self,
        months: &[Month],
        until: Month,
    ) -> Result<BTreeMap<(LeadKind, Month), u64>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let counts = given(&mut tx, months, until).await?;
        tx.rollback().await?;
        Ok(counts)
    }

    fn months(&self, from: Month, until: Month) -> Result<Vec<Month>, Error> {
        if until >= Month::of(CivilDate::of(self.now())) {
            return Err(MonthsFault::NotOver.into());
        }
        let months = from.to(until);
        if months.last() == Some(&until) { Ok(months) } else { Err(MonthsFault::Range.into()) }
    }
}

/// How many leads of each kind were given for the first time in each of the months.
async fn given(
    tx: &mut Tx,
    months: &[Month],
    until: Month,
) -> Result<BTreeMap<(LeadKind, Month), u64>, Error> {
    let mut first = first_given(tx, until).await?;
    first.retain(|_, (at, _)| months.contains(&month(*at)));
    let leads: Vec<Uuid> = first.keys().copied().collect();
    let mut counts = BTreeMap::new();
    for some in leads.chunks(500) {
        for (lead, ver, signed) in store::signed(tx, some).await? {
            if let Some((at, _)) = first.get(&lead).filter(|(_, given)| *given == ver) {
                *counts.entry((kind_of(&signed)?, month(*at))).or_default() += 1;
            }
        }
    }
    Ok(counts)
}

fn month(at: Timestamp) -> Month {
    Month::of(CivilDate::of(at))
}

/// When each lead was given first, and in which version, once it is known of all that was sent up to `until`.
async fn first_given(tx: &mut Tx, until: Month) -> Result<HashMap<Uuid, (Timestamp, i64)>, Error> {
    let mut first: HashMap<Uuid, (Timestamp, i64)> = HashMap::new();
    let mut after = (Uuid::nil(), 0, String::new(), 0);
    loop {
        let rows = store::given(tx, after, ROWS).await?;
        let Some((last, ..)) = rows.last() else { return Ok(first) };
        after = last.clone();
        for ((lead, ..), ver, header, waits) in rows {
            let header: Header = serde_json::from_str(&header).map_err(|_| Error::Corrupt("header"))?;
            if waits && month(header.sequenced_at) <= until {
                return Err(MonthsFault::Unsettled.into());
            }
            let given = (header.sequenced_at, ver);
            let known = first.entry(lead).or_insert(given);
            *known = given.min(*known);
        }
    }
}

/// What a signed version says that it is about.
fn kind_of(signed: &str) -> Result<LeadKind, Error> {
    let payload = jws::claimed_payload(signed)?;
    let kind = payload.get("kind").and_then(|kind| kind.as_str());
    kind.and_then(|kind| kind.parse().ok()).ok_or(Error::Corrupt("lead"))
}
