//! Federations on either engine, and nodes as several processes that share their databases.

use std::path::Path;
use std::sync::{Arc, Mutex};

use guitu::cli::folder::NodeFolder;
use guitu::config::DatabaseKind;
use guitu::domain::node::NodeId;
use guitu::store::databases::Location;
use guitu::store::db::PostgresOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, LocalSet};

use super::database::{Engine, TestDatabase};
use super::federation::Site;

/// Where the databases of one node are, as arguments of `guitu init`.
pub(crate) type Place = Vec<String>;

/// Runs `test` with places for `count` nodes on fresh databases of `engine`, and removes them however it ends.
pub(crate) async fn with_places<F>(engine: Engine, count: usize, test: impl FnOnce(Vec<Place>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let mut databases = Vec::new();
    if engine == Engine::Postgres {
        for _ in 0..count {
            databases.push(TestDatabase::new(engine).await);
        }
    }
    let mut places: Vec<Place> = databases.iter().map(place).collect();
    places.resize(count, Place::new());
    let local = LocalSet::new();
    let outcome = local.run_until(local.spawn_local(test(places))).await;
    for database in databases {
        database.remove().await;
    }
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

fn place(database: &TestDatabase) -> Place {
    let [main, keys] = database.urls();
    vec!["--database-url".to_owned(), main, "--keystore-url".to_owned(), keys]
}

/// Makes the folders of nodes below `root`, each at its place, and enrols each with all others.
pub(crate) fn enrolled(root: &Path, nodes: &[NodeId], places: &[Place]) -> Vec<Site> {
    let init = |(node, place): (&NodeId, &Place)| {
        Site::init(root, *node, &place.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let sites: Vec<Site> = nodes.iter().zip(places).map(init).collect();
    for site in &sites {
        for other in sites.iter().filter(|other| other.node != site.node) {
            site.enrol(other);
        }
    }
    sites
}

impl Site {
    /// The folder of a second instance: the same beside it, with a peer port of its own.
    pub(crate) fn twin(&self) -> Self {
        let dir = self.dir.with_file_name(format!("{}-second", self.node));
        std::fs::create_dir(&dir).unwrap();
        for entry in std::fs::read_dir(&self.dir).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
        }
        let twin = Self { dir, ..self.clone() };
        twin.set("listen", "peer", "127.0.0.1:0");
        twin
    }

    /// Changes one key of the node's settings.
    pub(crate) fn set(&self, table: &str, key: &str, value: impl Into<toml::Value>) {
        let file = self.dir.join("guitu.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        settings[table].as_table_mut().unwrap().insert(key.to_owned(), value.into());
        std::fs::write(&file, settings.to_string()).unwrap();
    }

    /// Where its databases are.
    pub(crate) fn location(&self) -> Location {
        let database = NodeFolder::read(&self.dir).unwrap().settings.database;
        let options = |url: Option<String>| PostgresOptions::new(url.unwrap());
        match database.kind {
            DatabaseKind::Sqlite => Location::Sqlite(self.dir.clone()),
            DatabaseKind::Postgres => {
                Location::Postgres { main: options(database.url), keystore: options(database.keystore_url) }
            }
        }
    }
}

/// What stands before the instances of a node: connections go to them in turn, and past one that is down.
pub(crate) struct Door {
    /// The base URL that peers dial.
    pub(crate) url: String,
    behind: Arc<Mutex<Vec<String>>>,
    shut: watch::Sender<()>,
    porter: JoinHandle<()>,
}

impl Door {
    /// A door that leads nowhere yet.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (behind, shut) = (Arc::default(), watch::Sender::default());
        let porter = tokio::spawn(lead_in(listener, Arc::clone(&behind), shut.subscribe()));
        Self { url, behind, shut, porter }
    }

    /// The base URLs of the instances, from the next connection on.
    pub(crate) fn lead_to(&self, urls: impl IntoIterator<Item = String>) {
        *self.behind.lock().unwrap() = urls.into_iter().collect();
    }

    /// Nobody comes in until it leads somewhere again, and whoever is in is put out.
    pub(crate) fn shut(&self) {
        self.lead_to([]);
        self.shut.send_replace(());
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.porter.abort();
    }
}

async fn lead_in(listener: TcpListener, behind: Arc<Mutex<Vec<String>>>, shut: watch::Receiver<()>) {
    for turn in 0.. {
        let (mut guest, _) = listener.accept().await.unwrap();
        let mut shut = shut.clone();
        shut.mark_unchanged();
        let mut rooms = behind.lock().unwrap().clone();
        let first = turn % rooms.len().max(1);
        rooms.rotate_left(first);
        tokio::spawn(async move {
            for room in rooms {
                if let Ok(mut room) = TcpStream::connect(room.strip_prefix("https://").unwrap()).await {
                    // How the connection ends is between its two ends, unless the door is shut.
                    tokio::select! {
                        _ = copy_bidirectional(&mut guest, &mut room) => {}
                        _ = shut.changed() => {}
                    }
                    return;
                }
            }
        });
    }
}
