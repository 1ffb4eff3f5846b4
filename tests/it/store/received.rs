//! Which version of a received lead readers see while the next one is on its way into the log.

use guitu::domain::digest::Digest;
use guitu::store::agreement::Under;
use guitu::store::db::Tx;
use guitu::store::log::{self, InboxRow};
use guitu::store::received::{self, ReceivedRow};
use uuid::Uuid;

use crate::harness::database::on_both_engines;

const SUB: Uuid = Uuid::from_u128(7);
const OWNER: i64 = 530_900;

fn digest(ver: i64) -> Digest {
    Digest::of(&ver.to_be_bytes())
}

async fn store(tx: &mut Tx, ver: i64) {
    let (x, data_key) = (digest(ver), Uuid::from_u128(1));
    let row = ReceivedRow {
        sub: SUB,
        ver,
        statement: x,
        x,
        peer: OWNER,
        kind: "rescue".into(),
        data_key,
        presentation: vec![1],
        roles: "[]".into(),
        claims: "[]".into(),
        under: Under { agreement: Uuid::from_u128(2), version: 1, digest: None },
        purge_at: 1_800_000_000_000,
        purge_cause: "retention",
    };
    received::add(tx, vec![row]).await.unwrap();
}

async fn sequence(tx: &mut Tx, ver: i64) {
    let row = InboxRow {
        peer: OWNER,
        lane: "normal",
        epoch: "1-a".into(),
        seq: ver,
        x: digest(ver),
        leaf: 10 + ver,
    };
    log::put_inbox(tx, vec![row]).await.unwrap();
}

async fn seen(tx: &mut Tx) -> (Vec<i64>, Vec<i64>) {
    let one = received::of_sub(tx, SUB, None).await.unwrap();
    let all = received::feed(tx, -1, 10).await.unwrap();
    (one.iter().map(|row| row.ver).collect(), all.iter().map(|row| row.ver).collect())
}

on_both_engines! {
    async fn a_version_not_yet_in_the_log_hides_none(db) {
        let mut tx = db.open.node.begin().await.unwrap();
        store(&mut tx, 1).await;
        assert_eq!(seen(&mut tx).await, (vec![], vec![]));
        sequence(&mut tx, 1).await;
        assert_eq!(seen(&mut tx).await, (vec![1], vec![1]));
        store(&mut tx, 2).await;
        assert_eq!(seen(&mut tx).await, (vec![1], vec![1]), "the correction is stored, not sequenced");
        sequence(&mut tx, 2).await;
        assert_eq!(seen(&mut tx).await, (vec![2], vec![2]));
        tx.rollback().await.unwrap();
    }
}
