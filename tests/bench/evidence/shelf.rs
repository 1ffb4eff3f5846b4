//! One node on fresh databases, without peers, for the rows that need a store.

use std::sync::Arc;

use guitu::clock::{Clock, Entropy, OsEntropy, SystemClock, random};
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::keys::{Seed, Seeds};
use guitu::node::open::Settings;
use guitu::node::{Node, Officer};
use guitu::store::databases::Location;
use guitu::store::db::PostgresOptions;

use crate::database::{Engine, TestDatabase};

/// The name of the engine in a row.
pub(crate) const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}

/// The node and what it lies on.
pub(crate) struct Shelf {
    pub(crate) node: Arc<Node>,
    pub(crate) drafter: Officer,
    _database: TestDatabase,
}

impl Shelf {
    /// Opens it.
    pub(crate) async fn open(engine: Engine) -> Self {
        let database = TestDatabase::new(engine).await;
        let seed = || Seed::new(random(&OsEntropy));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let settings = Settings {
            id: "530900".parse().unwrap(),
            location: wide(&database.location),
            seeds: Seeds { signing: seed(), log: seed(), cosigning: seed(), storage: seed(), office: seed() },
            descriptor: None,
            withdrawal_days: 3,
            witnesses: Vec::new(),
            outside: None,
            clock,
            entropy,
        };
        let drafter = Officer {
            id: uuid::Uuid::from_u128(1),
            duties: vec![Duty::Drafter],
            unit: UnitType::Police,
            pseudonym: format!("{:032x}", 1),
            purpose: None,
        };
        Self { node: Node::open(settings).await.unwrap(), drafter, _database: database }
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.node.databases().close().await;
    }
}

/// With as many connections as a node has that serves.
fn wide(location: &Location) -> Location {
    match location {
        Location::Sqlite(folder) => Location::Sqlite(folder.clone()),
        Location::Postgres { main, keystore } => {
            let wide = |options: &PostgresOptions| PostgresOptions { connections: 16, ..options.clone() };
            Location::Postgres { main: wide(main), keystore: wide(keystore) }
        }
    }
}
