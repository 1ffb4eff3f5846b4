//! The log as its auditor reads it: entries by what they say, and who opened a file.
//!
//! Knows entries, and for a file its salt; hands out no record. Invariants: reading is an entry itself, durable
//! before the answer leaves; the work of a page has a bound that does not depend on the log, and a page that is
//! short for that reason has a `next`.

use uuid::Uuid;

use super::lead_seal::reference;
use super::log_index::Indexed;
use super::views::{EntryView, Page};
use super::{Error, Node, Officer};
use crate::audit::terms::{Term, terms};
use crate::audit::words::Listed;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::unit::Duty;
use crate::store::db::Tx;
use crate::store::{log, log_index, outbox};

/// Most entries of one page.
const PAGE: i64 = 1_000;
/// Entries with the rarest term that are looked at together.
const WINDOW: i64 = 1_000;
/// Windows of one page.
const WINDOWS: usize = 5;

/// Which entries are asked for: those with every term, placed while the log's time was in the interval. The log's
/// time is the newest one up to an entry: it is the entry's own unless the clock was put back before.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// What each has.
    pub terms: Vec<Term>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Entries by their index, and where the next page begins.
struct Found {
    leaves: Vec<i64>,
    next: Option<i64>,
}

impl Node {
    /// The entries of the log from index `after` on that the filter finds, in the order of the log, at most `limit`
    /// (1 to 1,000). With a `next` there may be more, even if the page is not full. For auditors; an entry itself.
    pub async fn entries(
        &self,
        officer: &Officer,
        filter: &EntryFilter,
        after: i64,
        limit: i64,
    ) -> Result<Page<EntryView>, Error> {
        officer.require(&[Duty::Auditor])?;
        let (after, limit) = (after.max(0), limit.clamp(1, PAGE));
        let found = match filter {
            EntryFilter { terms, from: None, until: None } if terms.is_empty() => None,
            filter => Some(self.find(filter, after, limit).await?),
        };
        let mut tx = self.db.node.snapshot().await?;
        let page = match found {
            None => all(&mut tx, after, limit).await?,
            Some(found) => {
                self.shown(&mut tx, found, &filter.terms, |said| {
                    filter.terms.iter().all(|term| said.contains(term))
                })
                .await?
            }
        };
        self.listed(tx, officer, Listed::Log, None, page).await
    }

    /// Who opened this file (谁看过): the entries that name any version of an own lead, or a message that carried it,
    /// from index `after` on. [`Error::Erased`] once the lead was destroyed: its salt went with it, and nothing ties
    /// an entry to it any more. For auditors; the question is an entry that names the lead.
    pub async fn history(
        &self,
        officer: &Officer,
        lead: Uuid,
        after: i64,
        limit: i64,
    ) -> Result<Page<EntryView>, Error> {
        officer.require(&[Duty::Auditor])?;
        let (after, limit) = (after.max(0), limit.clamp(1, PAGE));
        let mut tx = self.db.node.snapshot().await?;
        let open = self.open_lead(&mut tx, lead).await?;
        let mut wanted: Vec<Term> =
            (1..=open.row.ver).map(|ver| Term::Reference(reference(&open.salt, lead, ver))).collect();
        let carried = outbox::of_lead(&mut tx, lead).await?;
        wanted
            .extend(carried.into_iter().map(|(_, header, _)| Term::Exchange(Digest::of(header.as_bytes()))));
        tx.rollback().await?;
        let Indexed { upto, size } = self.index_log().await?;
        let keys: Vec<i64> = wanted.iter().map(Term::key).collect();
        let mut tx = self.db.projections.snapshot().await?;
        let leaves = log_index::with_any(&mut tx, &keys, after, limit).await?;
        tx.rollback().await?;
        let next = if is_full(leaves.len(), limit) {
            leaves.last().map(|leaf| leaf + 1)
        } else {
            (upto < size).then_some(upto)
        };
        let mut tx = self.db.node.snapshot().await?;
        let page = self
            .shown(&mut tx, Found { leaves, next }, &wanted, |said| {
                said.iter().any(|term| wanted.contains(term))
            })
            .await?;
        self.listed(tx, officer, Listed::History, Some(open.reference()), page).await
    }

    /// The entries that the index has for a filter.
    async fn find(&self, filter: &EntryFilter, after: i64, limit: i64) -> Result<Found, Error> {
        let Indexed { upto, size } = self.index_log().await?;
        let mut tx = self.db.projections.snapshot().await?;
        let from = match filter.from {
            Some(from) => log_index::first_at(&mut tx, from.0).await?.unwrap_or(upto),
            None => 0,
        };
        let over = match filter.until {
            Some(until) => log_index::first_at(&mut tx, until.0).await?,
            None => None,
        };
        let (first, end) = (from.max(after), over.unwrap_or(upto));
        let mut found = if filter.terms.is_empty() {
            let leaves: Vec<i64> = (first..end).take(usize::try_from(limit).unwrap_or(0)).collect();
            let next = leaves.last().map(|leaf| leaf + 1).filter(|next| *next < end);
            Found { leaves, next }
        } else {
            let keys = filter.terms.iter().map(Term::key).collect();
            with_all(&mut tx, keys, (first, end), limit).await?
        };
        tx.rollback().await?;
        if over.is_none() && upto < size {
            found.next = found.next.or(Some(upto));
        }
        Ok(found)
    }

    /// The entries themselves, of those that fit by their terms: two terms may share a key.
    async fn shown(
        &self,
        tx: &mut Tx,
        found: Found,
        wanted: &[Term],
        fits: impl Fn(&[Term]) -> bool,
    ) -> Result<Page<EntryView>, Error> {
        let rows = log::entries_at(tx, &found.leaves).await?;
        let by_agreement = wanted.iter().any(|term| matches!(term, Term::Agreement(_)));
        let named = if by_agreement { self.agreements_named(tx, &rows).await? } else { Vec::new() };
        let fits = |(leaf, entry): &(i64, String)| {
            terms(entry.as_bytes(), self.id).is_some_and(|mut read| {
                let more = named.iter().filter(|(of, _)| of == leaf).map(|(_, term)| term.clone());
                read.terms.extend(more);
                fits(&read.terms)
            })
        };
        let items = rows.into_iter().filter(fits).map(view).collect::<Result<_, _>>()?;
        Ok(Page { items, next: found.next })
    }
}

/// A page of the log as it is.
async fn all(tx: &mut Tx, after: i64, limit: i64) -> Result<Page<EntryView>, Error> {
    let rows = log::entries(tx, after, limit).await?;
    let full = is_full(rows.len(), limit);
    let next = rows.last().map(|(leaf, _)| leaf + 1).filter(|_| full);
    let items = rows.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// The entries with every term: those with the rarest, a window at a time, and of these the ones with the others.
async fn with_all(
    tx: &mut Tx,
    mut terms: Vec<i64>,
    (mut first, end): (i64, i64),
    limit: i64,
) -> Result<Found, Error> {
    terms.sort_unstable();
    terms.dedup();
    let mut counts = Vec::with_capacity(terms.len());
    for term in &terms {
        counts.push((log_index::count(tx, *term, first, WINDOW).await?, *term));
    }
    let Some((_, rarest)) = counts.into_iter().min() else {
        return Ok(Found { leaves: Vec::new(), next: None });
    };
    terms.retain(|term| *term != rarest);
    let others = i64::try_from(terms.len()).unwrap_or(i64::MAX);
    let limit = usize::try_from(limit).unwrap_or(0);
    let mut leaves = Vec::new();
    for _ in 0..WINDOWS {
        let window = log_index::with(tx, rarest, &terms, (first, end), WINDOW).await?;
        let last = !is_full(window.len(), WINDOW);
        for (leaf, has) in window {
            if leaves.len() == limit {
                return Ok(Found { leaves, next: Some(leaf) });
            }
            leaves.extend((has == others).then_some(leaf));
            first = leaf + 1;
        }
        if last {
            return Ok(Found { leaves, next: None });
        }
    }
    Ok(Found { leaves, next: Some(first) })
}

fn is_full(rows: usize, limit: i64) -> bool {
    i64::try_from(rows) == Ok(limit)
}

fn view((leaf, entry): (i64, String)) -> Result<EntryView, Error> {
    let entry = serde_json::from_str(&entry).map_err(|_| Error::Corrupt("entry"))?;
    Ok(EntryView { leaf, entry })
}
