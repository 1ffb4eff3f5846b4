//! Histories of a federation, each from one seed, under every fault of a network and of processes, and one checker
//! of what must be true in the end.
//!
//! **First tier** (`histories`, `mutants`, `outage`): nodes as plain data round the product's pure rooms, with a
//! virtual clock. Real: `exchange` (message, batch, inbox, judge, dispatch, outbox, receipt), `domain::access`,
//! `domain::agreement`, `statement`, `tlog`, `audit`; every signature is a real Ed25519 signature, there is no cheap
//! mode. What stands here and not there is what tables would hold, and what `node` does between two decisions.
//! **Second tier** (`real`): whole nodes on both engines. **Checker** (`checker`): the same for both; `mutants` shows
//! that it can fail.
//!
//! # Decisions that are taken in SQL
//! The first tier cannot reach these; the second runs them on both engines.
//! - `chain::advance`: whether a chain is still where it was judged (compare-and-swap on number, digest, recalls):
//!   else the batch is judged again. `chain::recall`: that what was judged before a withdrawal is.
//! - `chain::carry`, `chain::has_carried`: which of two versions of an agreement a chain carried is the higher one.
//! - `chain::waiting`, `outbox::peers_waiting`, `outbox::any_due`: to whom something may go now, urgent first.
//! - `chain::acknowledge`: the cursor moves forward only.
//! - `outbox::after`: what a batch may hold, whatever became of it before: a lost receipt is asked for again.
//! - `outbox::settle`: whether a message still waited, so that a second receipt starts nothing.
//! - `outbox::due`, `outbox::take`, `renewal::due`, `renewal::take`: whose time to go again has come, and who of
//!   several instances takes it.
//! - `renewal::put_refused`: a refused version goes again only if no newer one went to that peer since;
//!   `renewal::done`: a lead that was sent is due no more.
//! - `lead::lock`, `lead::replace`: who of several officers changes a lead, shares it or takes it back first
//!   (compare-and-swap on version and status); the other is refused.
//! - `renewal::hasten`: what a statement about an agreement puts forward: its leads, and every message to its parties.
//! - `lead::shares`: up to which version a lead was taken back from a peer (the highest of its withdrawals).
//! - `lead::answer_all`: the last answer of a batch is the recipient's status.
//! - `received::current`, `received::held`: which version of a lead is the one held; a lead is named by owner and id.
//!   `received::disclosed`: what of it counts as disclosed before: what is still held. `received::move_status`: an
//!   answer is given once (compare-and-swap on the status).
//! - `received::feed`, `received::of_sub`: officers see the newest version that the log has.
//! - `purge::entomb`: a withdrawal never takes back less than one before; `purge::take`: which rows it destroys.
//! - `purge::take_due`, `purge::hasten`, `withdrawal::hasten`: what is due goes with every older version, and an
//!   ending only ever shortens.
//! - `purge::finish`, `withdrawal::keep`, `withdrawal::answer`, `agreement::add`, `refusal::sent_again`: once only;
//!   `withdrawal::add`: the same withdrawal again wants a receipt again.
//! - `purge::forget`: a lead's status goes with the last of its versions.
//! - `log::take_turn`, `draft::waiting`, `draft::remove`, `log::advance`: who sequences, and what in which order; the
//!   head moves under its row's lock. `peer::take_turn`: who follows the head of a peer's log.
//! - `lease::take`: which instance delivers, purges, sends heads.
//! - `witness::put_receipt`: of several receipts for the same messages the first is kept.
//!
//! Decided in `node`, and repeated here by hand: where a sender goes on after a 409 (`deliver::reposition`), which
//! lead a renewal sends (`renew::renew`: the newest version, unless a correction waits for approval), and that a
//! renewed message carries the agreement's signatures again.
//!
//! Only in the second tier: a receiver that is restored and goes on in a new epoch. Not simulated: a sender that lost what
//! it said, partial withdrawals (narrowing), filings.

mod agenda;
mod bugs;
mod cases;
mod checker;
mod deeds;
mod dice;
mod durable;
mod histories;
mod keys;
mod log;
mod mutants;
mod names;
mod network;
mod observe;
mod office;
mod outage;
mod real;
mod receiver;
mod regions;
mod sender;
mod site;
mod world;
