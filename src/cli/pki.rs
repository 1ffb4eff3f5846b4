//! `guitu pki`: certificates and seeds, for nodes whose folder is not made by `guitu init`, and for renewal.

mod rotate;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::{Blame as _, Failure};
use super::folder::{
    self, CA_CERT, CA_KEY, DESCRIPTOR, NODE_CERT, NODE_KEY, NodeFolder, OFFICE_CERT, OFFICE_KEY,
};
use super::init;
use super::output::Output;
use crate::clock::{Clock as _, Entropy, OsEntropy, SystemClock};
use crate::domain::node::NodeId;
use crate::peer::key_file::{Purpose, Seed, read_secret, write_secret, write_seed};
use crate::peer::pki::{Authority, Issued, make_ca, make_node_certificate, make_office_certificate};

/// For how many days a new CA is valid.
pub const CA_DAYS: u32 = 3_650;
/// For how many days a new certificate is valid.
pub const CERTIFICATE_DAYS: u32 = 397;

/// Certificates and seeds.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the CA of a region: ca.pem and ca.key.
    Ca {
        /// The GB/T 2260 code of the region.
        #[arg(long)]
        region: NodeId,
        /// For how many days it is valid.
        #[arg(long, default_value_t = CA_DAYS)]
        days: u32,
        /// The folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the certificate that a node shows its peers: node.pem and node.key.
    Node {
        /// The GB/T 2260 code of the region.
        #[arg(long)]
        region: NodeId,
        /// How the certificate is issued.
        #[command(flatten)]
        issue: Issue,
    },
    /// Make the certificate of the officers' listener: office.pem and office.key.
    Office(Issue),
    /// Draw the five seeds of a node.
    Keys {
        /// The folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Sign the node's descriptor again, after a change of certificate or address. A running node tells it to its
    /// peers within seconds; they take certificates, address and name from it, and nothing else.
    Descriptor {
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
        /// A certificate that the node will show later: its key is announced beside the present one.
        #[arg(long)]
        also: Vec<PathBuf>,
    },
    /// Make the next signing key. The old one announces it, and peers take it by themselves; a running node signs
    /// with it within seconds. Other instances of the node get copies of signing.seed and descriptor.jws within a
    /// week: for so long both keys sign. After a compromise the old key announces nothing: partners import the descriptor anew.
    Rotate(rotate::Args),
}

/// How a certificate is issued.
#[derive(Args, Debug)]
pub struct Issue {
    /// The folder with ca.pem and ca.key.
    #[arg(long)]
    ca: PathBuf,
    /// Host names and addresses it names, beside localhost.
    #[arg(long = "host")]
    hosts: Vec<String>,
    /// For how many days it is valid; never longer than its CA.
    #[arg(long, default_value_t = CERTIFICATE_DAYS)]
    days: u32,
    /// The folder to write to.
    #[arg(long)]
    out: PathBuf,
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    let now = SystemClock.now();
    match command {
        Command::Ca { region, days, out } => {
            let issued = make_ca(region, CA_NAME, now, days).or_input()?;
            save(&out, &issued, (CA_CERT, CA_KEY), output)
        }
        Command::Node { region, issue } => {
            let ca = authority(&issue.ca)?;
            let issued = make_node_certificate(&ca, region, &issue.hosts, now, issue.days).or_input()?;
            save(&issue.out, &issued, (NODE_CERT, NODE_KEY), output)
        }
        Command::Office(issue) => {
            let ca = authority(&issue.ca)?;
            let issued = make_office_certificate(&ca, &issue.hosts, now, issue.days).or_input()?;
            save(&issue.out, &issued, (OFFICE_CERT, OFFICE_KEY), output)
        }
        Command::Keys { out } => {
            fs::create_dir_all(&out).or_environment()?;
            let files = write_seeds(&out, &OsEntropy)?;
            output.result(&json!({ "files": files }), || written(&files));
            Ok(())
        }
        Command::Descriptor { dir, also } => descriptor(&dir, &also, output).await,
        Command::Rotate(args) => rotate::run(args, output).await,
    }
}

/// The common name of CAs, before the region's code.
pub const CA_NAME: &str = "Guitu CA";

async fn descriptor(dir: &Path, also: &[PathBuf], output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(dir)?;
    let node = folder.open_node().await?;
    let descriptor = init::descriptor(&folder, &node, also)?;
    let fingerprint = descriptor.fingerprint();
    let signed = descriptor.sign(node.keys().signing()).or_environment()?;
    folder::write(&folder.file(DESCRIPTOR), &format!("{signed}\n"))?;
    output.result(&json!({ "fingerprint": fingerprint }), || format!("fingerprint {fingerprint}"));
    Ok(())
}

/// Draws and writes the five seeds; returns the files.
pub fn write_seeds(out: &Path, entropy: &dyn Entropy) -> Result<Vec<PathBuf>, Failure> {
    let write = |purpose: Purpose| {
        let mut seed = Seed::default();
        entropy.fill(seed.as_mut_slice());
        let path = out.join(purpose.file_name());
        write_seed(&path, purpose, &seed).or_input()?;
        Ok(path)
    };
    Purpose::ALL.into_iter().map(write).collect()
}

/// Writes a certificate and its key into `out`, which is there.
pub fn write_pair(out: &Path, issued: &Issued, (cert, key): (&str, &str)) -> Result<(), Failure> {
    write_secret(&out.join(key), &issued.key_pem).or_input()?;
    folder::write(&out.join(cert), &issued.cert_pem)
}

/// The CA in a folder.
pub fn authority(dir: &Path) -> Result<Authority, Failure> {
    let key = read_secret(&dir.join(CA_KEY)).or_input()?;
    Authority::from_pem(&folder::read(&dir.join(CA_CERT))?, &key).or_input()
}

fn save(out: &Path, issued: &Issued, names: (&str, &str), output: Output) -> Result<(), Failure> {
    fs::create_dir_all(out).or_environment()?;
    write_pair(out, issued, names)?;
    let files = vec![out.join(names.0), out.join(names.1)];
    output.result(&json!({ "files": files }), || written(&files));
    Ok(())
}

fn written(files: &[PathBuf]) -> String {
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    format!("wrote {}", files.join(", "))
}
