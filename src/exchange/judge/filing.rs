//! Judging what passes between a node and its upper node: filings (备案), their answers, statistics of exchange.
//!
//! Invariant: only the upper node of its signer takes a filing or statistics, and only the node with which the receiver
//! filed answers one.

use uuid::Uuid;

use super::agreement::require_control;
use super::{Record, View, plain};
use crate::domain::access::{BasisKind, Content};
use crate::domain::agreement::{Agreement, Filing, FilingFault, StatisticsFault, VersionKey};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::forms::{FilingAnswerForm, FilingForm, StatisticsForm};
use crate::exchange::message::{Header, Kind};
use crate::exchange::problem::ItemCode;

/// A party files with us a version of which the chain has brought every signature.
pub(super) fn filing(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss): (FilingForm, _) = plain(header, Kind::Filing, statement, view)?;
    check_sender(header, iss)?;
    check_above(header, Content::Filing, view.hierarchy.senders == Some(view.me))?;
    let agreement = named(form.agreement, form.version, form.digest, view)?;
    let filed = view.hierarchy.filed.entry((form.digest, iss)).or_default();
    let before = Filing::of(&agreement, iss, view.hierarchy.senders, view.now).map_err(fault_code)?;
    let filing = before.with(filed).file(view.me).map_err(fault_code)?;
    if filing.number() != form.number {
        return Err(ItemCode::NotFiled);
    }
    filed.push(None);
    Ok(Record::Filing(form, statement.to_owned()))
}

/// The upper node with which we filed acknowledges or returns it.
pub(super) fn answer(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss): (FilingAnswerForm, _) = plain(header, Kind::FilingAnswer, statement, view)?;
    check_sender(header, iss)?;
    let filed = view.hierarchy.filed.get(&(form.digest, view.me)).is_some_and(|made| !made.is_empty());
    check_above(header, Content::Filing, filed || view.hierarchy.mine == Some(iss))?;
    if form.party != view.me {
        return Err(ItemCode::NotFiled);
    }
    let agreement = named(form.agreement, form.version, form.digest, view)?;
    let filed = view.hierarchy.filed.entry((form.digest, view.me)).or_default();
    let before = Filing::of(&agreement, view.me, Some(iss), view.now).map_err(fault_code)?;
    let said = form.reason.into();
    before.with(filed).answer(iss, form.number, said).map_err(fault_code)?;
    let made = usize::try_from(form.number).ok().and_then(|number| filed.get_mut(number.checked_sub(1)?));
    *made.ok_or(ItemCode::NotFiled)? = Some(said);
    Ok(Record::FilingAnswer(form, statement.to_owned()))
}

/// A node below us tells what it gave in months of which it has not told.
pub(super) fn statistics(header: &Header, statement: &str, view: &mut View) -> Result<Record, ItemCode> {
    let (form, iss): (StatisticsForm, _) = plain(header, Kind::Statistics, statement, view)?;
    check_sender(header, iss)?;
    check_above(header, Content::Report, view.hierarchy.senders == Some(view.me))?;
    form.statistics.check().map_err(|fault| match fault {
        StatisticsFault::Shape => ItemCode::Schema,
        StatisticsFault::Small => ItemCode::OverDisclosure,
    })?;
    if form.statistics.months.iter().any(|month| view.hierarchy.told.contains(month)) {
        return Err(ItemCode::OverDisclosure);
    }
    view.hierarchy.told.extend(&form.statistics.months);
    Ok(Record::Statistics(form, statement.to_owned()))
}

fn check_sender(header: &Header, iss: NodeId) -> Result<(), ItemCode> {
    if iss == header.from { Ok(()) } else { Err(ItemCode::ForeignIssuer) }
}

fn check_above(header: &Header, content: Content, above: bool) -> Result<(), ItemCode> {
    require_control(header)?;
    if BasisKind::Control.carries(content, above) { Ok(()) } else { Err(ItemCode::NotTheUpperNode) }
}

fn named(id: Uuid, version: u32, digest: Digest, view: &View) -> Result<Agreement, ItemCode> {
    let known = view.dossiers.get(&id);
    let known = known.and_then(|dossier| dossier.version(VersionKey { version, digest }));
    known.ok_or(ItemCode::AgreementNotYetKnown)
}

fn fault_code(fault: FilingFault) -> ItemCode {
    match fault {
        // Whoever is exempt in our register has another upper node, or none.
        FilingFault::Exempt | FilingFault::NotTheUpper => ItemCode::NotTheUpperNode,
        FilingFault::NotSigned => ItemCode::AgreementNotCountersigned,
        FilingFault::NotAParty => ItemCode::NotAParty,
        FilingFault::NotFiled => ItemCode::NotFiled,
        FilingFault::AlreadyFiled => ItemCode::AlreadyFiled,
        FilingFault::AlreadyAnswered => ItemCode::AlreadyAnswered,
    }
}
