//! `guitu pki rotate`: the next signing key.
//!
//! Invariant: whenever it is interrupted, the seed in the folder is one that the descriptor names.

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use crate::cli::failure::{Blame as _, Failure};
use crate::cli::folder::{self, DESCRIPTOR, NodeFolder};
use crate::cli::init;
use crate::cli::output::Output;
use crate::clock::{Clock as _, Entropy as _, OsEntropy, SystemClock};
use crate::domain::date::CivilDate;
use crate::node::rotation::Handover;
use crate::peer::key_file::{Purpose, Seed, write_seed};

/// The next signing key.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
    /// The day since which others may have the old key, such as 2026-05-01.
    #[arg(long)]
    compromised_since: Option<CivilDate>,
}

/// Runs the command.
pub(super) async fn run(args: Args, output: Output) -> Result<(), Failure> {
    let folder = NodeFolder::read(&args.dir)?;
    let handover = match args.compromised_since {
        None => Handover::Ordinary,
        Some(day) if day.start() <= SystemClock.now() => Handover::Emergency(day.start()),
        Some(_) => return Err(Failure::wrong("--compromised-since lies in the future")),
    };
    let node = folder.open_node().await?;
    let mut seed = Seed::default();
    OsEntropy.fill(seed.as_mut_slice());
    let file = folder.file(&Purpose::Signing.file_name());
    let staged = file.with_extension("next");
    // What an interrupted run left was never announced, or is announced and never used.
    let _ = fs::remove_file(&staged);
    write_seed(&staged, Purpose::Signing, &seed).or_environment()?;
    let (said, signed) = node.hand_over(&seed, handover, init::presence(&folder, &[])?).await?;
    node.databases().close().await;
    folder::write(&folder.file(DESCRIPTOR), &format!("{signed}\n"))?;
    fs::rename(&staged, &file).or_environment()?;
    let fingerprint = said.fingerprint();
    let next = match handover {
        Handover::Ordinary => "peers take the key by themselves",
        Handover::Emergency(_) => "give partners descriptor.jws, and read them the fingerprint",
    };
    output.result(&json!({ "fingerprint": fingerprint }), || format!("fingerprint {fingerprint}\n{next}"));
    Ok(())
}
