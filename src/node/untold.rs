//! Filings, their answers and statistics that the other node did not take: what was only written down here is taken
//! back, so that it can be said again.
//!
//! Invariant: what the other node may hold is never forgotten, and counts that an upper node saw are not told anew.

use serde::de::DeserializeOwned;

use super::dispatch::Sent;
use super::{Error, Node, key};
use crate::domain::agreement::Month;
use crate::domain::node::NodeId;
use crate::exchange::forms::{FilingAnswerForm, FilingForm, StatisticsForm};
use crate::exchange::message::Kind;
use crate::exchange::problem::ItemCode;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::{chain, filing, outbox, statistics};

impl Node {
    /// Takes back a filing, an answer or a table that `peer` refused for good with that code, or that went void with it.
    pub(super) async fn untell(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        sent: &Sent,
        code: ItemCode,
    ) -> Result<(), Error> {
        let Some((kind, _)) = sent.header.known() else { return Ok(()) };
        match (kind, code) {
            // The peer holds this one, or one in its place.
            (Kind::Filing | Kind::FilingAnswer, ItemCode::AlreadyFiled | ItemCode::AlreadyAnswered) => Ok(()),
            (Kind::Filing, _) => {
                let Some(form) = said::<FilingForm>(tx, sent).await? else { return Ok(()) };
                let name = (form.digest, key(self.id), key(peer), i64::from(form.number));
                filing::remove(tx, name).await?;
                Ok(chain::forget_agreement(tx, key(peer), sent.header.lane, form.agreement).await?)
            }
            (Kind::FilingAnswer, _) => {
                let Some(form) = said::<FilingAnswerForm>(tx, sent).await? else { return Ok(()) };
                let name = (form.digest, key(peer), key(self.id), i64::from(form.number));
                Ok(filing::unanswer(tx, name).await?)
            }
            // Whoever is not above keeps no counts; whoever is and refuses them has read them.
            (Kind::Statistics, ItemCode::NotTheUpperNode) => {
                let Some(form) = said::<StatisticsForm>(tx, sent).await? else { return Ok(()) };
                let months: Vec<String> = form.statistics.months.iter().map(Month::to_string).collect();
                Ok(statistics::remove(tx, key(self.id), &months).await?)
            }
            _ => Ok(()),
        }
    }
}

/// What a message said; none if that cannot be read any more.
async fn said<T: DeserializeOwned>(tx: &mut Tx, sent: &Sent) -> Result<Option<T>, Error> {
    let statements = outbox::statements(tx, &[sent.header.statement_digest]).await?;
    let payload = statements.first().and_then(|(_, statement)| jws::claimed_payload(statement).ok());
    Ok(payload.and_then(|payload| serde_json::from_value(payload).ok()))
}
