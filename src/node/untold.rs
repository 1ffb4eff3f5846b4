//! Filings and statistics that the upper node did not take: what was only written down here is taken back, so that it
//! can be filed and told again.
//!
//! Invariant: what the upper node may hold is never forgotten, and counts that it saw are not told anew.

use serde::de::DeserializeOwned;

use super::dispatch::Sent;
use super::{Error, Node, key};
use crate::domain::agreement::Month;
use crate::domain::node::NodeId;
use crate::exchange::forms::{FilingForm, StatisticsForm};
use crate::exchange::message::Kind;
use crate::exchange::problem::ItemCode;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::{chain, filing, outbox, statistics};

impl Node {
    /// Takes back a filing or a table that `peer` refused for good with that code, or that went void with it.
    pub(super) async fn untell(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        sent: &Sent,
        code: ItemCode,
    ) -> Result<(), Error> {
        let told = match sent.header.known() {
            // It holds the filing, or one in its place.
            Some((Kind::Filing, _)) if matches!(code, ItemCode::AlreadyFiled | ItemCode::AlreadyAnswered) => {
                None
            }
            Some((Kind::Filing, _)) => Some(Kind::Filing),
            // Whoever is not above keeps no counts; whoever is and refuses them has read them.
            Some((Kind::Statistics, _)) if code == ItemCode::NotTheUpperNode => Some(Kind::Statistics),
            _ => None,
        };
        let Some(kind) = told else { return Ok(()) };
        let statements = outbox::statements(tx, &[sent.header.statement_digest]).await?;
        let (_, statement) = statements.first().ok_or(Error::Corrupt("statement"))?;
        if kind == Kind::Statistics {
            let form: StatisticsForm = said(statement)?;
            let months: Vec<String> = form.statistics.months.iter().map(Month::to_string).collect();
            return Ok(statistics::remove(tx, key(self.id), &months).await?);
        }
        let form: FilingForm = said(statement)?;
        let name = (form.digest, key(self.id), key(peer), i64::from(form.number));
        filing::remove(tx, name).await?;
        Ok(chain::forget_agreement(tx, key(peer), sent.header.lane, form.agreement).await?)
    }
}

fn said<T: DeserializeOwned>(statement: &str) -> Result<T, Error> {
    serde_json::from_value(jws::claimed_payload(statement)?).map_err(|_| Error::Corrupt("statement"))
}
