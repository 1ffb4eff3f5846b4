//! Which entries of the log an auditor asks for. Each parameter that cannot be read has a code of its own.

use std::str::FromStr;

use serde::Deserialize;
use utoipa::IntoParams;

use super::paging::Paging;
use crate::api::problem::Problem;
use crate::audit::EntryType;
use crate::audit::terms::Term;
use crate::clock::Timestamp;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::node::journal::EntryFilter;

/// Hexadecimal digits of a pseudonym.
const PSEUDONYM: usize = 32;

/// Which entries, and which page of them. Whoever asks for several properties gets the entries that have them all.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EntryQuery {
    /// The `next` of the page before; left out: from the start. Counts entries, never time.
    #[param(value_type = Option<i64>, minimum = -1)]
    after: Option<String>,
    /// How many rows at most, 1 to 200; left out: 50.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// What it records: `sent`, `read`, `list`, `export`, `login`, `approve` …
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<String>,
    /// The other node: its six digits.
    peer: Option<String>,
    /// The agreement that its message cites.
    agreement: Option<String>,
    /// The purpose of its message, or of a reading.
    purpose: Option<String>,
    /// The pseudonym of the officer.
    actor: Option<String>,
    /// A claim that its message discloses.
    claim: Option<String>,
    /// The reference of a record's version, as it stands in another entry.
    #[serde(rename = "ref")]
    #[param(rename = "ref")]
    reference: Option<String>,
    /// An exchange digest, the same in both nodes' logs.
    x: Option<String>,
    /// From this time on, milliseconds.
    #[param(value_type = Option<i64>)]
    from: Option<String>,
    /// Before this time, milliseconds. A clock that was put back changes no order: an entry counts as of the newest
    /// time up to it.
    #[param(value_type = Option<i64>)]
    until: Option<String>,
}

impl EntryQuery {
    /// The page.
    pub(super) fn paging(&self) -> Result<Paging, Problem> {
        let bad = |code| Problem::bad_request(code, "`after` is at least -1, `limit` is 1 to 200");
        let after = read(self.after.as_deref(), || bad("after_invalid"))?;
        Ok(Paging { after, limit: read(self.limit.as_deref(), || bad("limit_invalid"))? })
    }

    /// The filter.
    pub(super) fn filter(&self) -> Result<EntryFilter, Problem> {
        let bad = Problem::bad_request;
        let t: Option<EntryType> =
            read(self.kind.as_deref(), || bad("type_invalid", "`type` is no type of entry"))?;
        let peer =
            read(self.peer.as_deref(), || bad("peer_invalid", "`peer` is not six digits of a region"))?;
        let agreement =
            read(self.agreement.as_deref(), || bad("agreement_invalid", "`agreement` is no UUID"))?;
        let purpose: Option<Purpose> =
            read(self.purpose.as_deref(), || bad("purpose_invalid", "`purpose` is no purpose of a lead"))?;
        let claim: Option<Claim> =
            read(self.claim.as_deref(), || bad("claim_invalid", "`claim` is no name of a claim"))?;
        let digest = "43 characters of base64url";
        let reference: Option<Digest> = read(self.reference.as_deref(), || bad("ref_invalid", digest))?;
        let x: Option<Digest> = read(self.x.as_deref(), || bad("x_invalid", digest))?;
        let found = [
            t.map(Term::Type),
            peer.map(Term::Peer),
            agreement.map(Term::Agreement),
            purpose.map(Term::Purpose),
            self.actor()?.map(Term::Actor),
            claim.map(Term::Claim),
            reference.map(Term::Reference),
            x.map(Term::Exchange),
        ];
        let time = "milliseconds since 1970";
        let from = read(self.from.as_deref(), || bad("from_invalid", time))?.map(Timestamp);
        let until = read(self.until.as_deref(), || bad("until_invalid", time))?.map(Timestamp);
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(bad("until_invalid", "`until` lies after `from`"));
        }
        Ok(EntryFilter { terms: found.into_iter().flatten().collect(), from, until })
    }

    fn actor(&self) -> Result<Option<String>, Problem> {
        let is_pseudonym = |text: &String| {
            text.len() == PSEUDONYM && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        match &self.actor {
            Some(actor) if !is_pseudonym(actor) => {
                Err(Problem::bad_request("actor_invalid", "`actor` is a pseudonym of 32 hexadecimal digits"))
            }
            actor => Ok(actor.clone()),
        }
    }
}

/// What the parameter says, if it is there.
fn read<T: FromStr>(text: Option<&str>, bad: impl FnOnce() -> Problem) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|_| bad())
}
