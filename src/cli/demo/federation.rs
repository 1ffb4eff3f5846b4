//! The node folders of the demo: made, given users, enrolled with each other.
//!
//! Knows folders and processes; must not know leads. Invariant: what a folder was given once it is
//! not given again, so a demo that was interrupted goes on where it stopped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::agreements::{CHONGQING, LINCANG, SHANXI, SHUOZHOU, YUNNAN};
use super::databases::Databases;
use super::instance::second;
use super::office::{Office, Officer};
use super::process::Process;
use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{CA_CERT, DESCRIPTOR, NodeFolder, read};
use crate::cli::init;
use crate::clock::{Clock as _, Entropy, OsEntropy, SystemClock, random};
use crate::domain::date::CivilDate;
use crate::domain::node::NodeId;
use crate::domain::region::{LATEST_LIST, table};
use crate::domain::unit::{Duty, UnitType};
use crate::exchange::descriptor::Descriptor;
use crate::node;
use crate::peer::key_file::{read_secret, write_secret};

/// The nodes of the demo: origin, transit, destination.
pub(super) const NODES: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];

/// Their upper nodes; 重庆 has none.
pub(super) const UPPERS: [NodeId; 2] = [YUNNAN, SHANXI];

/// Who works at each node.
const USERS: [(&str, Duty); 3] =
    [("drafter", Duty::Drafter), ("approver", Duty::Approver), ("auditor", Duty::Auditor)];

const STATE: &str = "demo.json";

/// What the demo remembers between two starts. Holds passwords of the demo.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// Which leads.
    pub(super) seed: u64,
    /// The day for which they were made.
    pub(super) today: CivilDate,
    /// The passwords, by user.
    pub(super) passwords: BTreeMap<String, String>,
    /// The databases on PostgreSQL; none: SQLite.
    #[serde(default)]
    pub(super) databases: Option<Databases>,
    /// There are upper nodes too.
    #[serde(default)]
    pub(super) uppers: bool,
    /// Everything was loaded and delivered.
    #[serde(skip)]
    pub(super) loaded: bool,
}

impl State {
    /// Reads the state of `dir`, or starts one: on the PostgreSQL server at `postgres`, else on SQLite, with upper
    /// nodes or without. A demo stays where and with whom it began.
    pub(super) async fn of(
        dir: &Path,
        postgres: Option<&str>,
        uppers: bool,
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        let path = dir.join(STATE);
        if !path.exists() {
            let state = Self::begin(postgres, uppers, entropy).await?;
            write_secret(&path, &serde_json::to_string_pretty(&state).or_environment()?).or_environment()?;
            return Ok(state);
        }
        let mut state: Self = serde_json::from_str(&read_secret(&path).or_input()?).or_input()?;
        let here = |address| state.databases.as_ref().is_some_and(|known| known.are_at(address));
        if postgres.is_some_and(|address| !here(address)) {
            return Err(Failure::wrong(
                "the demo of this folder has its databases elsewhere; choose another --dir, or leave out --postgres",
            ));
        }
        if uppers && !state.uppers {
            return Err(Failure::wrong("the demo of this folder has no upper nodes; choose another --dir"));
        }
        state.loaded = dir.join(LOADED).exists();
        Ok(state)
    }

    async fn begin(postgres: Option<&str>, uppers: bool, entropy: &dyn Entropy) -> Result<Self, Failure> {
        let databases = match postgres {
            Some(address) => Some(Databases::make(address, &nodes(uppers), entropy).await?),
            None => None,
        };
        let draw = |(name, _): (&str, Duty)| (name.to_owned(), hex::encode(random::<8>(entropy)));
        Ok(Self {
            seed: 1,
            today: CivilDate::of(SystemClock.now()),
            passwords: USERS.into_iter().map(draw).collect(),
            databases,
            uppers,
            loaded: false,
        })
    }

    /// Removes what the demo has outside of its folder.
    pub(super) async fn remove_databases(&self) -> Result<(), Failure> {
        match &self.databases {
            Some(databases) => databases.remove(&nodes(self.uppers)).await,
            None => Ok(()),
        }
    }

    /// Remembers that everything was loaded and delivered.
    pub(super) fn is_loaded(dir: &Path) -> Result<(), Failure> {
        std::fs::write(dir.join(LOADED), "").or_environment()
    }
}

const LOADED: &str = "loaded";

/// Every node of a demo: the three first.
fn nodes(uppers: bool) -> Vec<NodeId> {
    let above = if uppers { UPPERS.as_slice() } else { &[] };
    NODES.iter().chain(above).copied().collect()
}

/// One running node and its officers.
pub(super) struct Region {
    /// The node.
    pub(super) node: NodeId,
    /// Its folder.
    pub(super) dir: PathBuf,
    /// Its process.
    pub(super) process: Process,
    /// The process of its second instance, with the folder.
    pub(super) second: Option<(PathBuf, Process)>,
    /// 经办
    pub(super) drafter: Officer,
    /// 审批
    pub(super) approver: Officer,
    /// 审计
    pub(super) auditor: Officer,
}

impl Region {
    /// Lets all processes of the node finish what they do and end.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        self.process.stop().await?;
        if let Some((_, process)) = self.second {
            process.stop().await?;
        }
        Ok(())
    }
}

/// The name of a node's region: 云南省临沧市.
pub(super) fn name(node: NodeId) -> String {
    table().full_name(node.region(), LATEST_LIST)
}

/// Makes what is missing of the folders and starts the nodes; in the order of [`NODES`], upper nodes last. On
/// PostgreSQL the first runs as two instances.
pub(super) async fn start(dir: &Path, state: &State) -> Result<Vec<Region>, Failure> {
    let folder = |node: NodeId| dir.join(node.to_string());
    let nodes = nodes(state.uppers);
    let mut prepared = Vec::new();
    for node in nodes.iter().copied() {
        let mut init = init::Args::new(node, folder(node));
        init.upper = node.upper_among(nodes.iter().copied());
        if let Some(databases) = &state.databases {
            let [main, keys] = databases.addresses(node)?;
            (init.database_url, init.keystore_url) = (Some(main), Some(keys));
        }
        prepared.push(Box::pin(prepare(init, state.passwords.clone())));
    }
    each(prepared).await?;
    let descriptors = nodes.iter().map(|node| read(&folder(*node).join(DESCRIPTOR)));
    let descriptors: Vec<String> = descriptors.collect::<Result<_, _>>()?;
    let enrolling = nodes.iter().map(|node| Box::pin(enrol(folder(*node), *node, descriptors.clone())));
    each(enrolling.collect::<Vec<_>>()).await?;
    let doubled = state.databases.as_ref().and_then(|_| NODES.first().copied());
    let second_of = |node: NodeId| {
        let twin = dir.join(format!("{node}-second"));
        if doubled == Some(node) { second(&folder(node), &twin).map(|()| Some(twin)) } else { Ok(None) }
    };
    let mut opening = Vec::new();
    for node in nodes {
        opening.push(Box::pin(open(folder(node), second_of(node)?, node, state.passwords.clone())));
    }
    each(opening).await
}

/// Runs them at once; the answers in their order.
pub(super) async fn each<T, F>(tasks: impl IntoIterator<Item = F>) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut set = JoinSet::new();
    for (at, task) in tasks.into_iter().enumerate() {
        set.spawn(async move { (at, task.await) });
    }
    let mut done = Vec::new();
    while let Some(joined) = set.join_next().await {
        let (at, result) = joined.or_environment()?;
        done.push((at, result?));
    }
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, value)| value).collect())
}

async fn prepare(init: init::Args, passwords: BTreeMap<String, String>) -> Result<(), Failure> {
    let dir = init.dir.clone();
    if !dir.exists() {
        init::make(init).await?;
    }
    let opened = NodeFolder::read(&dir)?.open_node().await?;
    let adding = USERS.map(|(name, duty)| {
        let (opened, password) = (opened.clone(), passwords.get(name).cloned().unwrap_or_default());
        async move {
            match opened.add_user(name, &password, &[duty], UnitType::Police).await {
                Ok(()) | Err(node::Error::Exists) => Ok(()),
                Err(error) => Err(Failure::from(error)),
            }
        }
    });
    each(adding).await?;
    opened.databases().close().await;
    Ok(())
}

async fn enrol(dir: PathBuf, own: NodeId, descriptors: Vec<String>) -> Result<(), Failure> {
    let opened = NodeFolder::read(&dir)?.open_node().await?;
    let known = opened.peers().await?;
    for text in &descriptors {
        // The demo's operator is both operators: it compares what it has made itself.
        let said = Descriptor::open(text.trim_end(), opened.now()).or_input()?;
        if said.iss != own && known.iter().all(|peer| peer.node != said.iss) {
            opened.enrol(text.trim_end(), &said.fingerprint()).await?;
        }
    }
    opened.databases().close().await;
    Ok(())
}

async fn open(
    dir: PathBuf,
    twin: Option<PathBuf>,
    node: NodeId,
    passwords: BTreeMap<String, String>,
) -> Result<Region, Failure> {
    let process = Process::start(&dir).await?;
    let mut desks = vec![process.ready.office.clone()];
    let mut second = None;
    if let Some(twin) = twin {
        let process = Process::start(&twin).await?;
        desks.push(process.ready.office.clone());
        second = Some((twin, process));
    }
    let office = Office::new(desks, &read(&dir.join(CA_CERT))?)?;
    let password = |name: &str| passwords.get(name).cloned().unwrap_or_default();
    let log_in = USERS.map(|(name, _)| {
        let (office, password) = (office.clone(), password(name));
        async move { office.log_in(name, &password).await }
    });
    let officers: [Officer; 3] =
        each(log_in).await?.try_into().map_err(|_| Failure::wrong("the demo has three officers a node"))?;
    let [drafter, approver, auditor] = officers;
    Ok(Region { node, dir, process, second, drafter, approver, auditor })
}

/// Randomness for what is new in each demo.
pub(super) const ENTROPY: OsEntropy = OsEntropy;
