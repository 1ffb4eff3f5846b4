//! What the officers of a simulated node do: share, correct, withdraw, answer, agree. Decisions:
//! `domain::{access, agreement}`, `exchange::outbox::renewal`.

use std::collections::BTreeMap;
use std::sync::Arc;

use guitu::audit::entry::{EntryType, Incomplete};
use guitu::clock::{Timestamp, random, uuid_v4};
use guitu::domain::access::{Already, Permit, permit};
use guitu::domain::agreement::{Act, Agreement, Dossier, Said, VersionKey};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::{DeclineReason, RecipientStatus, Status, WithdrawReason};
use guitu::domain::node::NodeId;
use guitu::domain::purge::{PurgeCause, copies_gone_by};
use guitu::exchange::agreement::{AgreementStatement, recalling, signatures};
use guitu::exchange::forms::{AnswerForm, PurgeReceiptForm, WithdrawalForm, day};
use guitu::exchange::message::{Basis, Kind, Lane, Unsequenced};
use guitu::exchange::outbox::{Renewal, pause, renewal};
use guitu::exchange::presentation::{SignedLead, present};
use guitu::statement::{canonical, jws};
use serde::Serialize;
use uuid::Uuid;

use super::bugs::Bug;
use super::cases::Case;
use super::site::{Draft, OwnLead, Share, Site};

impl Site {
    /// Shares a new lead under an agreement with whoever may have it; its public id, if anybody may.
    pub(crate) fn share(&mut self, case: Case, agreement: Uuid, now: Timestamp) -> Option<Uuid> {
        let agreement = self.current(agreement, now)?;
        agreement.may_send(now).ok()?;
        let sub = uuid_v4(&self.entropy);
        let signed = self.signed(&case, (sub, 1), now);
        let versions = BTreeMap::from([(1, Arc::clone(&signed))]);
        let lead = OwnLead { case, status: Status::Shared, ver: 1, versions, shares: BTreeMap::new() };
        self.state.leads.insert(sub, lead);
        let parties: Vec<NodeId> = agreement.terms().parties.iter().map(|party| party.node).collect();
        let mut sent = false;
        let me = self.id();
        for peer in parties.into_iter().filter(|peer| *peer != me) {
            let permit = permit(&self.request(peer, &agreement, &signed.facts, None, now));
            if let Ok(permit) = permit {
                self.queue((sub, 1), &signed, &agreement, &permit, 1);
                sent = true;
            }
        }
        if !sent {
            self.state.leads.remove(&sub);
        }
        self.sequence(now);
        sent.then_some(sub)
    }

    fn signed(&self, case: &Case, name: (Uuid, u32), now: Timestamp) -> Arc<SignedLead> {
        case.signed(self.signing(), name, &self.profile, now, &self.entropy)
    }

    /// Signs the next version of an own lead, and sends it to whoever holds the one before.
    pub(crate) fn correct(&mut self, sub: Uuid, case: Case, now: Timestamp) {
        let Some(lead) = self.state.leads.get(&sub).filter(|lead| lead.status == Status::Shared) else {
            return;
        };
        let ver = lead.ver + 1;
        let signed = self.signed(&case, (sub, ver), now);
        let lead = self.state.leads.get_mut(&sub).unwrap();
        lead.ver = ver;
        lead.case = case;
        lead.versions.insert(ver, signed);
        for peer in lead.shares.keys().copied().collect::<Vec<_>>() {
            self.renew(peer, sub, None, now);
        }
        self.sequence(now);
    }

    /// The lead as it stands now, if its basis allows it now; later, if it may allow it then. `again`: how many
    /// messages about it this makes in a row; none for a new version.
    pub(crate) fn renew(&mut self, peer: NodeId, sub: Uuid, again: Option<u32>, now: Timestamp) {
        let Some(lead) = self.state.leads.get(&sub).filter(|lead| lead.status == Status::Shared) else {
            return;
        };
        let Some(share) = lead.shares.get(&peer) else { return };
        let Some(agreement) = self.current(share.under.0, now) else { return };
        let ver = if self.bug == Some(Bug::OldVersionAgain) { 1 } else { lead.ver };
        let (signed, held) = (Arc::clone(&lead.versions[&ver]), share.already());
        let permit = permit(&self.request(peer, &agreement, &signed.facts, Some(&held), now));
        match renewal(share.status, permit) {
            Renewal::Now(permit) => {
                // The peer may lack what an earlier message of this chain carried.
                if again.is_some() {
                    let id = agreement.terms().id;
                    self.outward(peer, Kind::Lead.lane()).carried.remove(&id);
                }
                self.queue((sub, ver), &signed, &agreement, &permit, again.unwrap_or(1));
            }
            Renewal::Later => {
                let attempts = again.unwrap_or(0);
                let due = now.plus(pause(attempts, &self.entropy));
                self.state.renewals.insert((peer, sub), (due, attempts));
            }
            Renewal::Never => {}
        }
    }

    /// Queues the message, and writes what the peer holds from now on.
    fn queue(
        &mut self,
        (sub, ver): (Uuid, u32),
        signed: &SignedLead,
        agreement: &Agreement,
        permit: &Permit,
        attempts: u32,
    ) {
        let (to, id, key) = (permit.peer(), agreement.terms().id, agreement.key());
        let presentation = present(signed, permit).ok().unwrap();
        let lead = self.state.leads.get_mut(&sub).unwrap();
        let fresh = || hex::encode(random::<11>(&self.entropy));
        let share = lead.shares.entry(to).or_insert_with(|| Share {
            under: (id, key),
            roles: Vec::new(),
            claims: Vec::new(),
            ver,
            status: RecipientStatus::Pending,
            gone_below: 0,
            person_ref: fresh(),
        });
        let Already { mut roles, claims } = share.already();
        roles.extend(permit.roles().iter().filter(|role| !share.roles.contains(role)));
        (share.under, share.roles, share.ver) = ((id, key), roles, ver);
        share.claims = claims.union(permit.claims()).copied().collect();
        let refs = canonical::digest(std::slice::from_ref(&share.person_ref)).unwrap();
        self.carry_signatures(to, Kind::Lead.lane(), agreement);
        let roles = permit.roles().to_vec();
        let said = Unsequenced {
            id: uuid_v4(&self.entropy),
            to,
            lane: Kind::Lead.lane(),
            kind: Kind::Lead,
            basis: Basis::Agreement { id, version: key.version, digest: key.digest, roles },
            purpose: Some(Purpose::Rescue),
            statement_digest: presentation.digest(),
            disclosed: presentation.disclosed().to_vec(),
            person_refs_digest: Some(refs),
        };
        self.state.drafts.push_back(Draft::Send { said, lead: Some((sub, ver)), attempts });
        self.state.renewals.remove(&(to, sub));
    }

    /// The whole set of signatures of a version for a chain that has not carried it yet.
    pub(crate) fn carry_signatures(&mut self, to: NodeId, lane: Lane, agreement: &Agreement) {
        let (id, key) = (agreement.terms().id, agreement.key());
        if self.outward(to, lane).carried.get(&id).is_some_and(|carried| *carried >= key) {
            return;
        }
        for statement in signatures(self.state.said[&id].clone(), key) {
            self.control(to, lane, statement.kind(), &statement.text);
        }
        self.outward(to, lane).carried.insert(id, key);
    }

    fn control(&mut self, to: NodeId, lane: Lane, kind: Kind, statement: &str) {
        self.plain((to, lane), kind, Basis::Control, None, statement);
    }

    /// Queues a statement without claims.
    fn plain(
        &mut self,
        (to, lane): (NodeId, Lane),
        kind: Kind,
        basis: Basis,
        purpose: Option<Purpose>,
        statement: &str,
    ) {
        let statement_digest = Digest::of(statement.as_bytes());
        self.state.statements.entry(statement_digest).or_insert_with(|| Arc::from(statement));
        let said = Unsequenced {
            id: uuid_v4(&self.entropy),
            to,
            lane,
            kind,
            basis,
            purpose,
            statement_digest,
            disclosed: Vec::new(),
            person_refs_digest: None,
        };
        self.state.drafts.push_back(Draft::Send { said, lead: None, attempts: 1 });
    }

    /// Takes an own lead back from everyone.
    pub(crate) fn withdraw(&mut self, sub: Uuid, now: Timestamp) {
        let Some(lead) = self.state.leads.get_mut(&sub).filter(|lead| lead.status == Status::Shared) else {
            return;
        };
        lead.status = Status::Withdrawn;
        let mut told = Vec::new();
        for (peer, share) in &mut lead.shares {
            share.gone_below = u32::MAX;
            if share.status.holds() {
                share.status = RecipientStatus::Withdrawn;
            }
            told.push((*peer, share.under));
        }
        let deadline = CivilDate::of(now).plus_days(3);
        let reason = WithdrawReason::Mistake;
        let form = WithdrawalForm { iss: self.id(), iat: day(now), sub, below: None, reason, deadline };
        for (peer, under) in told {
            let agreement = self.state.dossiers[&under.0].version(under.1).unwrap();
            self.recall(peer, Kind::Withdrawal, jws::typ::WITHDRAWAL, &form, &agreement, now);
        }
        self.note(
            EntryType::Withdrawn,
            Incomplete { code: Some(reason.code().into()), ..Incomplete::default() },
        );
        self.sequence(now);
    }

    /// Queues what calls data back, or says that they are gone.
    fn recall(
        &mut self,
        to: NodeId,
        kind: Kind,
        typ: &str,
        form: &impl Serialize,
        agreement: &Agreement,
        now: Timestamp,
    ) {
        let statement = jws::sign(self.signing(), typ, form).unwrap();
        self.carry_signatures(to, kind.lane(), agreement);
        self.plain((to, kind.lane()), kind, recalling(agreement, now), None, &statement);
    }

    /// Says that what was withdrawn is gone.
    pub(crate) fn purged(&mut self, owner: NodeId, sub: Uuid, under: (Uuid, VersionKey), now: Timestamp) {
        let form = PurgeReceiptForm {
            iss: self.id(),
            iat: day(now),
            sub,
            below: None,
            cause: PurgeCause::Withdrawn,
            live_erased_at: now,
            copies_gone_by: copies_gone_by(now),
        };
        let agreement = self.state.dossiers[&under.0].version(under.1).unwrap();
        self.recall(owner, Kind::PurgeReceipt, jws::typ::PURGE_RECEIPT, &form, &agreement, now);
    }

    /// An officer takes the next step with a received lead; whether there is one.
    pub(crate) fn answer(&mut self, owner: NodeId, sub: Uuid, now: Timestamp) -> bool {
        let Some(held) = self.state.held.get(&(owner, sub)) else { return false };
        let next = RecipientStatus::ALL.iter().copied().find(|next| held.status.leads_to(*next));
        let (Some(answer), Some(row)) = (next, held.rows.last()) else { return false };
        let (id, VersionKey { version, digest }) = row.under;
        let reason = match answer {
            RecipientStatus::Declined => Some(DeclineReason::Duplicate.code().to_owned()),
            RecipientStatus::Concluded => Some("identified".to_owned()),
            _ => None,
        };
        let ver = row.ver;
        let form = AnswerForm { iss: self.id(), iat: day(now), sub, ver, answer, reason };
        self.state.held.get_mut(&(owner, sub)).unwrap().status = answer;
        let statement = jws::sign(self.signing(), jws::typ::ANSWER, &form).unwrap();
        let basis = Basis::Agreement { id, version, digest, roles: Vec::new() };
        self.plain((owner, Kind::Answer.lane()), Kind::Answer, basis, Some(Purpose::Rescue), &statement);
        self.note(
            EntryType::Answer,
            Incomplete { code: Some(answer.code().into()), ..Incomplete::default() },
        );
        self.sequence(now);
        true
    }

    /// Signs a statement about an agreement, keeps it and tells everybody whom it concerns.
    pub(crate) fn say(&mut self, agreement: Uuid, said: Said, now: Timestamp) {
        let statement = AgreementStatement::sign(self.signing(), self.id(), now, agreement, said).unwrap();
        self.keep(&statement, now);
        let audience = self.state.dossiers[&agreement].audience(statement.version());
        let kind = statement.kind();
        let me = self.id();
        for peer in audience.into_iter().filter(|peer| *peer != me) {
            self.control(peer, kind.lane(), kind, &statement.text);
        }
        let body = Incomplete {
            code: Some(kind.code().into()),
            digest: Some(statement.digest()),
            ..Incomplete::default()
        };
        self.note(EntryType::Sign, body);
        self.sequence(now);
    }

    /// Keeps a verified statement, and tries at once whatever waits for its agreement.
    pub(crate) fn keep(&mut self, statement: &AgreementStatement, now: Timestamp) {
        let id = statement.agreement;
        self.state.dossiers.entry(id).or_insert_with(|| Dossier::new(id)).admit(&statement.signed);
        self.state.said.entry(id).or_default().push(statement.clone());
        let leads = &self.state.leads;
        for ((peer, sub), again) in &mut self.state.renewals {
            let under = leads.get(sub).and_then(|lead| lead.shares.get(peer)).map(|share| share.under.0);
            if under == Some(id) && again.0 > now {
                *again = (now, 0);
            }
        }
        for at in self.state.retries.values_mut() {
            *at = now.min(*at);
        }
    }

    /// The step that an office of this node may take with an agreement now.
    pub(crate) fn step(&self, agreement: Uuid, act: Act, now: Timestamp) -> Option<Said> {
        let (dossier, me) = (self.state.dossiers.get(&agreement)?, self.id());
        match act {
            Act::Suspend => dossier.suspend(me, now),
            Act::Resume => dossier.resume(me, now),
            Act::Terminate => dossier.terminate(me, now),
            Act::Acknowledge => dossier.acknowledge(me),
        }
        .ok()
    }
}
