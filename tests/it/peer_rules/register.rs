//! Two operators change one peer at the same time: neither undoes what the other did.

use std::sync::Arc;
use std::time::Duration;

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::node::Node;
use guitu::node::register::PeerChange;
use tokio::time::interval;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::Nodes;

/// Whether a transaction waits for what another one holds.
async fn waits(here: &Node) -> bool {
    let mut tx = here.databases().node.snapshot().await.unwrap();
    let waiting = tx.query(
        "/* waiting */ SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    waiting.one::<(i64,)>().await.unwrap().0 > 0
}

on_both_engines! {
    async fn a_resume_does_not_undo_a_revocation(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        let here = Arc::clone(&nodes.node(LINCANG).node);
        here.change_peer(SHUOZHOU, PeerChange::Suspend).await.unwrap();
        let mut revoking = here.databases().node.begin().await.unwrap();
        revoking.query("/* revoke */ UPDATE peers SET status = 'revoked'").execute().await.unwrap();
        let other = Arc::clone(&here);
        let resuming = tokio::spawn(async move { other.change_peer(SHUOZHOU, PeerChange::Resume).await });
        if db.engine == Engine::Postgres {
            let mut looks = interval(Duration::from_millis(5));
            while !waits(&here).await {
                looks.tick().await;
            }
        }
        revoking.commit().await.unwrap();
        let refused = resuming.await.unwrap().err().map(|error| error.code());
        assert_eq!(refused, Some("conflict"));
        assert_eq!(here.peers().await.unwrap()[0].status, "revoked");
    }
}
