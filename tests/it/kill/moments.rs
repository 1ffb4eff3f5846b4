//! The moments of kills: messages are brought into a stage and stay there until the process is dead.
//!
//! Where the nodes are held ([`Hold`]) no message can take its next step, so what is seen before the kill and after it was
//! so at the kill. What SQLite does not show: whether a request that waits for the writer has reached its transaction.
//! What cannot be held there: a message after its commit and before its place. Its commit gives it both, unless somebody
//! sequences for others at that moment; then the place follows in less time than a look takes.

use tokio::task::JoinSet;

use super::holds::Hold;
use super::stages::{Lookout, Round, Seen, Stage, unreceipted};
use super::{Pair, drawn};
use crate::harness::federation::LIMIT;
use crate::harness::pair::Approved;
use crate::harness::wait;

/// The moment at which a process dies.
pub(super) struct Moment {
    /// Its side and its place there.
    pub(super) victim: (usize, usize),
    /// The requests to share, whatever becomes of the answers.
    pub(super) asking: JoinSet<()>,
    holds: Vec<Hold>,
    /// No way leads to the receiver.
    shut: bool,
}

impl Moment {
    /// How many messages the sender's processes have under way. Who calls a shut door hands nothing over.
    pub(super) async fn flying(&self, pair: &Pair) -> usize {
        if self.shut { 0 } else { pair.flying().await.iter().sum() }
    }

    /// After the kill: everybody goes on.
    pub(super) async fn over(self, pair: &Pair) {
        for hold in self.holds {
            hold.release().await;
        }
        pair.receiver().open_door();
        self.asking.join_all().await;
    }
}

/// Nobody is held: any moment after so many looks at most.
pub(super) async fn any(pair: &Pair, lookout: &Lookout, leads: &[Approved]) -> Moment {
    let asking = pair.share(leads);
    for _ in 0..drawn(30) {
        lookout.look(0, &Round::default()).await;
    }
    Moment { victim: pair.victim(drawn(2)), asking, holds: Vec::new(), shut: false }
}

/// Messages in that stage, of the leads of both halves, and others without receipts.
pub(super) async fn of(stage: Stage, pair: &Pair, lookout: &Lookout, halves: [&[Approved]; 2]) -> Moment {
    match stage {
        Stage::Asked => asked(pair, halves).await,
        Stage::Committed => committed(pair, lookout, halves).await,
        Stage::Sequenced => sequenced(pair, lookout, halves[0]).await,
        Stage::Sent => sent(pair, halves[0]).await,
        Stage::Stored => stored(pair, lookout, halves[0]).await,
        Stage::Receipted => receipted(pair, halves).await,
    }
}

/// The first half is handed over and the receiver cannot take it in; the second waits for its commit.
async fn asked(pair: &Pair, [first, second]: [&[Approved]; 2]) -> Moment {
    let mut moment = sent(pair, first).await;
    while moment.asking.join_next().await.is_some() {}
    let mut sender = Hold::on(pair.sender().site()).await;
    moment.asking = pair.share(second);
    sender.is_met().await;
    moment.holds.push(sender);
    Moment { victim: pair.victim(0), ..moment }
}

/// The same; one commit is held in its step to the log, so all behind it leave drafts.
async fn committed(pair: &Pair, lookout: &Lookout, halves: [&[Approved]; 2]) -> Moment {
    let moment = asked(pair, halves).await;
    until(lookout, "a draft", |seen| seen.contains_key(&Stage::Committed)).await;
    moment
}

/// They have their places, and no way leads to the receiver.
async fn sequenced(pair: &Pair, lookout: &Lookout, leads: &[Approved]) -> Moment {
    pair.receiver().door.shut();
    pair.share(leads).join_all().await;
    until(lookout, "messages with places", |seen| seen.contains_key(&Stage::Sequenced)).await;
    wait::until_async("nothing under way", LIMIT, async || pair.flying().await.iter().sum::<usize>() == 0)
        .await;
    Moment { victim: pair.victim(0), asking: JoinSet::new(), holds: Vec::new(), shut: true }
}

/// They are under way, and the receiver cannot take them in.
async fn sent(pair: &Pair, leads: &[Approved]) -> Moment {
    let mut receiver = Hold::on(pair.receiver().site()).await;
    let asking = pair.share(leads);
    let sender = wait::until_some_async("messages under way", LIMIT, async || {
        pair.flying().await.iter().position(|flying| *flying > 0)
    })
    .await;
    receiver.is_met().await;
    let victim = if drawn(2) == 0 { (0, sender) } else { pair.victim(1) };
    Moment { victim, asking, holds: vec![receiver], shut: false }
}

/// The receiver has taken them in, and the sender cannot file the receipt.
async fn stored(pair: &Pair, lookout: &Lookout, leads: &[Approved]) -> Moment {
    let Moment { victim, asking, holds, .. } = sent(pair, leads).await;
    let sender = Hold::on(pair.sender().site()).await;
    for receiver in holds {
        receiver.release().await;
    }
    until(lookout, "messages that the receiver has", |seen| seen.contains_key(&Stage::Stored)).await;
    Moment { victim, asking, holds: vec![sender], shut: false }
}

/// The first half has its receipts; the second is under way, and the receiver cannot take it in.
async fn receipted(pair: &Pair, [first, second]: [&[Approved]; 2]) -> Moment {
    pair.share(first).join_all().await;
    pair.sender().office().settled().await;
    sent(pair, second).await
}

async fn until(lookout: &Lookout, what: &str, is_so: impl Fn(&Seen) -> bool) {
    let seen = async || is_so(&lookout.look(0, &Round::default()).await);
    wait::until_async(what, LIMIT, seen).await;
}

/// That messages are in the stage, and some have no receipt.
pub(super) fn assert_reached(stage: Stage, seen: &Seen) {
    assert!(seen.contains_key(&stage) && unreceipted(seen) > 0, "{stage:?}: {seen:?}");
}
