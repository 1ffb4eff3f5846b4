//! Judging statements about agreements: admitted to the dossier in the view, or refused with its code.

use super::{Record, View, plain};
use crate::domain::agreement::{Admission, Dossier, Said, Terms};
use crate::exchange::agreement::{AgreementStatement, fault_code};
use crate::exchange::message::{Basis, Header, Kind};
use crate::exchange::problem::ItemCode;

/// A statement about an agreement: admitted to its dossier or refused. A signature that is there already is not
/// an error, because every chain carries the whole set.
pub(super) fn step(
    header: &Header,
    kind: Kind,
    statement: &str,
    view: &mut View,
) -> Result<Record, ItemCode> {
    let (payload, _) = plain(header, kind, statement, view)?;
    require_control(header)?;
    let read = AgreementStatement::read(kind, payload, statement.to_owned())?;
    let (id, me, peer) = (read.agreement, view.me, view.peer);
    let above = view.hierarchy.senders == Some(me);
    let dossier = view.dossiers.entry(id).or_insert_with(|| Dossier::new(id));
    let ours = |dossier: &Dossier| dossier.known_parties().any(|party| party == me);
    if let Said::Proposal(draft) = &read.signed.said {
        // An upper node takes what a party files with it.
        let filed = above && draft.terms().party(peer).is_some();
        if draft.terms().party(me).is_none() && !ours(dossier) && !filed {
            return Err(ItemCode::NotAParty);
        }
        // Whoever begins an agreement draws its id; a second beginning is somebody else's.
        let begins = |terms: &Terms| terms.previous.is_none() && terms.answers.is_none();
        let mut known = dossier.proposed().filter(|known| begins(known.terms()));
        if begins(draft.terms()) && known.any(|known| known.key() != draft.key()) {
            return Err(ItemCode::AgreementConflict);
        }
    }
    let admitted = dossier.admit(&read.signed);
    if let Admission::Refused(fault) = admitted {
        return Err(fault_code(fault));
    }
    if let Some(key) = read.version()
        && dossier.version(key).is_some_and(|version| version.was_signed().is_ok())
    {
        view.carry(id, key);
    }
    Ok(if admitted == Admission::Known { Record::Repeated } else { Record::Agreement(Box::new(read)) })
}

pub(super) fn require_control(header: &Header) -> Result<(), ItemCode> {
    if header.basis.known() == Some(&Basis::Control) && header.purpose.is_none() {
        Ok(())
    } else {
        Err(ItemCode::WrongBasis)
    }
}
