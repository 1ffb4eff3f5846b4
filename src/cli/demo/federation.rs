//! The three node folders of the demo: made, given users, enrolled with each other.
//!
//! Knows folders and processes; must not know leads. Invariant: what a folder was given once it is
//! not given again, so a demo that was interrupted goes on where it stopped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::agreements::{CHONGQING, LINCANG, SHUOZHOU};
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
    /// Everything was loaded and delivered.
    #[serde(skip)]
    pub(super) loaded: bool,
}

impl State {
    /// Reads the state of `dir`, or starts one.
    pub(super) fn of(dir: &Path, entropy: &dyn Entropy) -> Result<Self, Failure> {
        let path = dir.join(STATE);
        if !path.exists() {
            let draw = |(name, _): (&str, Duty)| (name.to_owned(), hex::encode(random::<8>(entropy)));
            let state = Self {
                seed: 1,
                today: CivilDate::of(SystemClock.now()),
                passwords: USERS.into_iter().map(draw).collect(),
                loaded: false,
            };
            write_secret(&path, &serde_json::to_string_pretty(&state).or_environment()?).or_environment()?;
            return Ok(state);
        }
        let mut state: Self = serde_json::from_str(&read_secret(&path).or_input()?).or_input()?;
        state.loaded = dir.join(LOADED).exists();
        Ok(state)
    }

    /// Remembers that everything was loaded and delivered.
    pub(super) fn is_loaded(dir: &Path) -> Result<(), Failure> {
        std::fs::write(dir.join(LOADED), "").or_environment()
    }
}

const LOADED: &str = "loaded";

/// One running node and its officers.
pub(super) struct Region {
    /// The node.
    pub(super) node: NodeId,
    /// Its folder.
    pub(super) dir: PathBuf,
    /// Its process.
    pub(super) process: Process,
    /// 经办
    pub(super) drafter: Officer,
    /// 审批
    pub(super) approver: Officer,
    /// 审计
    pub(super) auditor: Officer,
}

/// The name of a node's region: 云南省临沧市.
pub(super) fn name(node: NodeId) -> String {
    table().full_name(node.region(), LATEST_LIST)
}

/// Makes what is missing of the three folders and starts the three nodes; in the order of [`NODES`].
pub(super) async fn start(dir: &Path, state: &State) -> Result<Vec<Region>, Failure> {
    each(NODES.map(|node| prepare(dir.join(node.to_string()), node, state.passwords.clone()))).await?;
    let descriptors = NODES.map(|node| read(&dir.join(node.to_string()).join(DESCRIPTOR)));
    let descriptors: Vec<String> = descriptors.into_iter().collect::<Result<_, _>>()?;
    each(NODES.map(|node| enrol(dir.join(node.to_string()), node, descriptors.clone()))).await?;
    each(NODES.map(|node| open(dir.join(node.to_string()), node, state.passwords.clone()))).await
}

/// Runs the three at once; the answers in their order.
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

async fn prepare(dir: PathBuf, node: NodeId, passwords: BTreeMap<String, String>) -> Result<(), Failure> {
    if !dir.exists() {
        init::make(init::Args::new(node, dir.clone())).await?;
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
            opened.add_peer(text.trim_end(), Some(&said.fingerprint())).await?;
        }
    }
    opened.databases().close().await;
    Ok(())
}

async fn open(dir: PathBuf, node: NodeId, passwords: BTreeMap<String, String>) -> Result<Region, Failure> {
    let process = Process::start(&dir).await?;
    let office = Office::new(&process.ready.office, &read(&dir.join(CA_CERT))?)?;
    let password = |name: &str| passwords.get(name).cloned().unwrap_or_default();
    let log_in = USERS.map(|(name, _)| {
        let (office, password) = (office.clone(), password(name));
        async move { office.log_in(name, &password).await }
    });
    let officers: [Officer; 3] =
        each(log_in).await?.try_into().map_err(|_| Failure::wrong("the demo has three officers a node"))?;
    let [drafter, approver, auditor] = officers;
    Ok(Region { node, dir, process, drafter, approver, auditor })
}

/// Randomness for what is new in each demo.
pub(super) const ENTROPY: OsEntropy = OsEntropy;
