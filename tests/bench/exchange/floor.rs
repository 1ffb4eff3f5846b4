//! Durable rows in the same engine and nothing else: what every floor writes with.

use std::sync::atomic::{AtomicI64, Ordering};

use guitu::store::databases::Databases;
use guitu::store::db::{Pool, Value};

use crate::database::{Engine, TestDatabase};
use crate::pair::{CONNECTIONS, wide};

/// A plain table in the databases of a node that does nothing else.
pub(crate) struct Rows {
    pub(crate) open: Databases,
    next: AtomicI64,
    /// Text that the rows are cut from: bytes that the nodes have exchanged.
    text: String,
    _database: TestDatabase,
}

impl Rows {
    /// Makes the table.
    pub(crate) async fn new(engine: Engine) -> Self {
        let database = TestDatabase::new(engine).await;
        let open = Databases::open(&wide(&database.location, CONNECTIONS)).await.unwrap();
        for pool in [&open.node, &open.keystore] {
            let mut tx = pool.begin().await.unwrap();
            tx.query("/* floor */ CREATE TABLE floor_rows (id BIGINT PRIMARY KEY, body TEXT NOT NULL)")
                .execute()
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        Self { open, next: AtomicI64::new(0), text: String::new(), _database: database }
    }

    /// Cuts rows from these bytes from now on.
    pub(crate) fn cut_from(&mut self, bodies: &[Vec<u8>]) {
        let text = bodies.iter().flatten().filter(|byte| byte.is_ascii()).map(|byte| char::from(*byte));
        self.text = text.take(1 << 20).collect();
    }

    /// A row of that many bytes.
    pub(crate) fn row(&self, bytes: usize) -> String {
        let (all, id) = (self.text.len(), self.next.load(Ordering::Relaxed));
        let from = usize::try_from(id).unwrap().wrapping_mul(7_919) % all.saturating_sub(bytes).max(1);
        self.text.get(from..from + bytes).unwrap_or(&self.text).to_owned()
    }

    /// Writes rows in one durable transaction.
    pub(crate) async fn write(&self, pool: &Pool, rows: impl IntoIterator<Item = String>) {
        let mut tx = pool.begin().await.unwrap();
        let rows = rows
            .into_iter()
            .map(|body| [self.next.fetch_add(1, Ordering::Relaxed).into(), Value::from(body)]);
        let rows: Vec<_> = rows.collect();
        tx.insert_rows("/* floor */ INSERT INTO floor_rows (id, body) VALUES", rows, "").await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.open.close().await;
    }
}
