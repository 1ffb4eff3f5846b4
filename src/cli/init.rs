//! `guitu init`: a ready node folder, whole or not at all.
//!
//! Invariant: the folder appears under its name only when everything in it is written and its
//! databases are open and migrated; an existing folder is never touched.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;

use super::failure::{Blame as _, Failure};
use super::folder::{
    self, CA_CERT, CA_KEY, DESCRIPTOR, NODE_CERT, NODE_KEY, NodeFolder, OFFICE_CERT, OFFICE_KEY,
};
use super::output::Output;
use super::pki::{self, CA_DAYS, CA_NAME, CERTIFICATE_DAYS};
use crate::clock::{Clock as _, Entropy, OsEntropy, SystemClock, random};
use crate::config::{self, Database, DatabaseKind, Listen};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::domain::region::{LATEST_LIST, table};
use crate::exchange::descriptor::Descriptor;
use crate::node::Node;
use crate::node::open::Presence;
use crate::peer::key_file::write_secret;
use crate::peer::pki::{
    Authority, certificate_der, make_ca, make_node_certificate, make_office_certificate, spki_pin,
};

const ANY_PORT: &str = "127.0.0.1:0";

/// Make the folder of a new node: settings, CA, certificates, seeds, databases and the signed
/// descriptor that partners enrol. Prints the fingerprint to compare with them.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
    /// The GB/T 2260 code of the region, six digits. It names the node and never changes.
    #[arg(long)]
    pub region: NodeId,
    /// The folder to make; it must not exist.
    #[arg(long)]
    pub dir: PathBuf,
    /// The name that partners see; without it the region's.
    #[arg(long)]
    pub name: Option<String>,
    /// Where peers are heard; port 0 chooses a free one and keeps it.
    #[arg(long, default_value = ANY_PORT)]
    pub peer_addr: SocketAddr,
    /// Where officers are heard.
    #[arg(long, default_value = ANY_PORT)]
    pub office_addr: SocketAddr,
    /// Where the operator is heard: loopback only.
    #[arg(long, default_value = ANY_PORT)]
    pub ops_addr: SocketAddr,
    /// The base URL that peers dial; without it that of --peer-addr.
    #[arg(long)]
    pub peer_url: Option<String>,
    /// Host names and addresses for the certificates, beside localhost and the host of --peer-url.
    #[arg(long = "host")]
    pub hosts: Vec<String>,
    /// The upper node.
    #[arg(long)]
    pub upper: Option<NodeId>,
    /// PostgreSQL: the database of the records; without it SQLite in the folder.
    #[arg(long, requires = "keystore_url")]
    pub database_url: Option<String>,
    /// PostgreSQL: the key store, another database.
    #[arg(long, requires = "database_url")]
    pub keystore_url: Option<String>,
}

impl Args {
    /// What `guitu init --region REGION --dir DIR` means.
    pub fn new(region: NodeId, dir: PathBuf) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            region,
            dir,
            name: None,
            peer_addr: any,
            office_addr: any,
            ops_addr: any,
            peer_url: None,
            hosts: Vec::new(),
            upper: None,
            database_url: None,
            keystore_url: None,
        }
    }
}

/// Runs the command.
pub async fn run(args: Args, output: Output) -> Result<(), Failure> {
    let dir = args.dir.clone();
    let made = make(args).await?;
    let value =
        json!({ "node": made.iss, "dir": dir, "peer_url": made.peer_url, "fingerprint": made.fingerprint() });
    output.result(&value, || {
        format!(
            "node {} in {}\npeers dial {}\nfingerprint {}\ngive {} to your partners, and compare the fingerprint by another way",
            made.iss,
            dir.display(),
            made.peer_url,
            made.fingerprint(),
            dir.join(DESCRIPTOR).display(),
        )
    });
    Ok(())
}

/// Makes the folder; returns the descriptor that was signed.
pub async fn make(args: Args) -> Result<Descriptor, Failure> {
    if args.dir.exists() {
        return Err(Failure::wrong(format!("{} exists already; choose a new folder", args.dir.display())));
    }
    let target = args.dir.clone();
    let plan = Plan::of(args)?;
    let staged = staged(&target);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&staged).or_environment()?;
    match fill(&staged, &plan).await {
        Ok(descriptor) => {
            fs::rename(&staged, &target).or_environment()?;
            Ok(descriptor)
        }
        Err(failure) => {
            // What was half made is of no use to anybody.
            let _ = fs::remove_dir_all(&staged);
            Err(failure)
        }
    }
}

fn staged(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let tag = hex::encode(random::<4>(&OsEntropy));
    target.with_file_name(format!(".{name}.{tag}"))
}

struct Plan {
    region: NodeId,
    settings: String,
    hosts: Vec<String>,
}

impl Plan {
    fn of(args: Args) -> Result<Self, Failure> {
        let region = table().find_any_year(args.region.region()).ok_or_else(|| {
            Failure::wrong(format!(
                "{} is no region of GB/T 2260; give six digits such as 530900",
                args.region
            ))
        })?;
        let name = args.name.unwrap_or_else(|| table().full_name(region.code, LATEST_LIST));
        let listen =
            Listen { peer: with_port(args.peer_addr)?, office: args.office_addr, ops: args.ops_addr };
        let peer_url = match args.peer_url {
            Some(url) => url,
            None if args.peer_addr.ip().is_unspecified() => {
                return Err(Failure::wrong("peers cannot dial an unspecified address; give --peer-url"));
            }
            None => format!("https://{}", listen.peer),
        };
        let postgres = args.database_url.is_some();
        let database = Database {
            kind: if postgres { DatabaseKind::Postgres } else { DatabaseKind::Sqlite },
            url: args.database_url,
            keystore_url: args.keystore_url,
            ..Database::default()
        };
        let settings = config::sample(args.region, &name, &peer_url, args.upper, &listen, &database);
        config::Settings::parse(Path::new(config::FILE_NAME), &settings, |_| None).or_input()?;
        let mut hosts = args.hosts;
        hosts.extend(host_of(&peer_url));
        Ok(Self { region: args.region, settings, hosts })
    }
}

/// A port 0 replaced by a free port outside the range that the system gives to outgoing connections,
/// so that it is still free when the node starts.
fn with_port(address: SocketAddr) -> Result<SocketAddr, Failure> {
    if address.port() != 0 {
        return Ok(address);
    }
    let candidates = (0..200).map(|_| 20_000 + u16::from_be_bytes(random(&OsEntropy)) % 12_000);
    let mut free = candidates.map(|port| SocketAddr::new(address.ip(), port));
    free.find(|address| TcpListener::bind(address).is_ok())
        .ok_or_else(|| Failure::environment(anyhow::anyhow!("no free port was found on {}", address.ip())))
}

fn host_of(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://")?;
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().map(str::to_owned);
    }
    authority.split(':').next().map(str::to_owned)
}

async fn fill(dir: &Path, plan: &Plan) -> Result<Descriptor, Failure> {
    write_secret(&dir.join(config::FILE_NAME), &plan.settings).or_environment()?;
    issue(dir, plan)?;
    pki::write_seeds(dir, &OsEntropy as &dyn Entropy)?;
    let folder = NodeFolder::read(dir)?;
    let node = folder.open_node().await?;
    let descriptor = descriptor(&folder, &node, &[])?;
    let signed = descriptor.sign(node.keys().signing()).or_environment()?;
    node.databases().close().await;
    folder::write(&folder.file(DESCRIPTOR), &format!("{signed}\n"))?;
    Ok(descriptor)
}

fn issue(dir: &Path, plan: &Plan) -> Result<(), Failure> {
    let now = SystemClock.now();
    let ca = make_ca(plan.region, CA_NAME, now, CA_DAYS).or_environment()?;
    pki::write_pair(dir, &ca, (CA_CERT, CA_KEY))?;
    let ca = Authority::from_pem(&ca.cert_pem, &ca.key_pem).or_environment()?;
    let node = make_node_certificate(&ca, plan.region, &plan.hosts, now, CERTIFICATE_DAYS).or_input()?;
    pki::write_pair(dir, &node, (NODE_CERT, NODE_KEY))?;
    let office = make_office_certificate(&ca, &plan.hosts, now, CERTIFICATE_DAYS).or_input()?;
    pki::write_pair(dir, &office, (OFFICE_CERT, OFFICE_KEY))
}

/// The node's descriptor as its folder says it now, with the pins of its certificate and of those in `also`.
pub fn descriptor(folder: &NodeFolder, node: &Node, also: &[PathBuf]) -> Result<Descriptor, Failure> {
    Ok(node.describe(presence(folder, also)?)?)
}

/// What the folder says of the node beside its keys, with the pins of its certificate and of those in `also`.
pub fn presence(folder: &NodeFolder, also: &[PathBuf]) -> Result<Presence, Failure> {
    let mut tls_pins = vec![pin(&folder.file(NODE_CERT))?];
    for path in also {
        tls_pins.push(pin(path)?);
    }
    Ok(Presence {
        name: folder.settings.name.clone(),
        peer_url: folder.settings.peer_url.clone(),
        tls_ca: folder.text(CA_CERT)?,
        tls_pins,
        upper: folder.settings.upper,
    })
}

fn pin(path: &Path) -> Result<Digest, Failure> {
    let der = certificate_der(&folder::read(path)?).or_input()?;
    spki_pin(&der).ok_or_else(|| Failure::wrong(format!("{} is no certificate", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path) -> Args {
        Args::new("530900".parse().unwrap(), folder.join("530900"))
    }

    #[tokio::test]
    async fn a_folder_is_made_whole_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let made = make(args(folder.path())).await.unwrap();
        assert!(!made.peer_url.ends_with(":0"));
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 1, "nothing else is left beside the folder");
        let again = make(args(folder.path())).await.unwrap_err();
        assert_eq!(again.code(), 2);
        let read = NodeFolder::read(&folder.path().join("530900")).unwrap();
        let text = read.text(DESCRIPTOR).unwrap();
        let opened = Descriptor::open(text.trim_end(), SystemClock.now()).unwrap();
        assert_eq!(opened.fingerprint(), made.fingerprint());
        assert!(opened.name.contains("临沧"));
    }

    #[tokio::test]
    async fn what_is_refused_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let bad: [fn(&mut Args); 5] = [
            |args| args.region = "829999".parse().unwrap(),
            |args| args.name = Some("\u{7}".to_owned()),
            |args| args.ops_addr = "0.0.0.0:1".parse().unwrap(),
            |args| args.peer_addr = "0.0.0.0:0".parse().unwrap(),
            |args| args.hosts = vec!["no host".to_owned()],
        ];
        for spoil in bad {
            let mut args = args(folder.path());
            spoil(&mut args);
            assert_eq!(make(args).await.unwrap_err().code(), 2);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_host_of_a_url_goes_into_the_certificate() {
        assert_eq!(host_of("https://[::1]:8443").as_deref(), Some("::1"));
        assert_eq!(host_of("https://node.example:8443").as_deref(), Some("node.example"));
    }
}
