//! `guitu verify`: one fact from files, without a node.
//!
//! Knows the formats' own verifiers. Invariant: exit 0 only if the very thing asked for holds; 1 if it
//! does not, 2 if it cannot be read.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::failure::{Blame as _, Failure, one_line};
use super::folder;
use super::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::statement;
use crate::statement::keys::KeySet;
use crate::tlog::checkpoint::{Checkpoint, CheckpointError};
use crate::tlog::key::{KeyUse, VerifierKey};
use crate::tlog::note::{Note, NoteError, Verified};
use crate::tlog::proof::{verify_consistency, verify_inclusion};

/// Check one fact from files.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A statement (JWS or SD-JWT) under its node's keys.
    Statement(StatementArgs),
    /// That a leaf is in a tree (RFC 6962 §2.1.1).
    Inclusion(InclusionArgs),
    /// That one tree is the beginning of another (RFC 6962 §2.1.2).
    Consistency(ConsistencyArgs),
    /// A signed note (C2SP signed-note); says which keys signed it.
    Note(NoteArgs),
    /// A log's signed head (C2SP tlog-checkpoint), and its witnesses.
    Checkpoint(CheckpointArgs),
    /// A witness's cosignature on a checkpoint (C2SP tlog-cosignature), and its time.
    Cosignature(CosignatureArgs),
    /// A log as a directory of tiles (C2SP tlog-tiles), against its checkpoint.
    Tiles(tiles::TilesArgs),
}

/// What `verify statement` takes.
#[derive(ClapArgs, Debug)]
pub struct StatementArgs {
    /// The node's keys: a JWKS with the member `node`.
    #[arg(long)]
    keys: PathBuf,
    /// The day on which the statement was first received; without it now.
    #[arg(long)]
    received: Option<CivilDate>,
    /// The statement.
    file: PathBuf,
}

/// What `verify inclusion` takes.
#[derive(ClapArgs, Debug)]
pub struct InclusionArgs {
    /// SHA-256(0x00 ‖ entry), hexadecimal.
    #[arg(long)]
    leaf_hash: Hash,
    /// The leaf's index, from 0.
    #[arg(long)]
    index: u64,
    /// The size of the tree.
    #[arg(long)]
    size: u64,
    /// The root, hexadecimal.
    #[arg(long)]
    root: Hash,
    /// The hashes of the path, hexadecimal, the leaf's sibling first, with commas; '' for none.
    #[arg(long)]
    proof: Proof,
}

/// What `verify consistency` takes.
#[derive(ClapArgs, Debug)]
pub struct ConsistencyArgs {
    /// The size of the older tree.
    #[arg(long)]
    size1: u64,
    /// The root of the older tree, hexadecimal.
    #[arg(long)]
    root1: Hash,
    /// The size of the newer tree.
    #[arg(long)]
    size2: u64,
    /// The root of the newer tree, hexadecimal.
    #[arg(long)]
    root2: Hash,
    /// The hashes, hexadecimal, in the order of RFC 6962, with commas; '' for none.
    #[arg(long)]
    proof: Proof,
}

/// What `verify note` takes.
#[derive(ClapArgs, Debug)]
pub struct NoteArgs {
    /// A key that may have signed: name+id+base64.
    #[arg(long = "key", required = true, value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// More keys, and at the end the note.
    #[arg(required = true, value_name = "VKEY… FILE")]
    rest: Vec<String>,
}

/// What `verify checkpoint` takes.
#[derive(ClapArgs, Debug)]
pub struct CheckpointArgs {
    /// The log's key: name+id+base64. Its name may be another than the log's origin.
    #[arg(long)]
    key: VerifierKey,
    /// A witness that must have cosigned.
    #[arg(long = "cosigner")]
    cosigners: Vec<VerifierKey>,
    /// The signed checkpoint.
    file: PathBuf,
}

/// What `verify cosignature` takes.
#[derive(ClapArgs, Debug)]
pub struct CosignatureArgs {
    /// The witness's key: name+id+base64.
    #[arg(long)]
    key: VerifierKey,
    /// The checkpoint with the cosignature line.
    file: PathBuf,
}

/// A SHA-256 hash in hexadecimal.
#[derive(Clone, Copy, Debug)]
struct Hash(Digest);

impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not 64 hexadecimal digits";
        let bytes = hex::decode(text).map_err(|_| wrong)?;
        Digest::try_from(bytes.as_slice()).map(Self).map_err(|_| wrong)
    }
}

/// Hashes with commas between them; none if empty.
#[derive(Clone, Debug)]
struct Proof(Vec<Digest>);

impl FromStr for Proof {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let hashes = text.split(',').map(|hash| hash.parse::<Hash>().map(|hash| hash.0));
        hashes.collect::<Result<_, _>>().map(Self)
    }
}

/// What holds, for programs, and for people in one line.
struct Held(Value, String);

/// Runs the command.
pub fn run(command: &Command, output: Output) -> Result<(), Failure> {
    let checked = check(command);
    match &checked {
        // A name in a statement may hold an end of line, and then what its signer likes.
        Ok(Held(value, words)) => output.result(value, || one_line(words)),
        Err(failure) if output.json && failure.code() == 1 => {
            output.result(&json!({ "holds": false, "why": failure.words() }), String::new);
        }
        Err(_) => {}
    }
    checked.map(drop)
}

fn check(command: &Command) -> Result<Held, Failure> {
    match command {
        Command::Statement(args) => statement(args),
        Command::Inclusion(args) => inclusion(args),
        Command::Consistency(args) => consistency(args),
        Command::Note(args) => note(args),
        Command::Checkpoint(args) => checkpoint(args),
        Command::Cosignature(args) => cosignature(args),
        Command::Tiles(args) => tiles::check(args),
    }
}

fn statement(args: &StatementArgs) -> Result<Held, Failure> {
    let keys = folder::read(&args.keys)?;
    let keys: KeySet = serde_json::from_str(&keys)
        .or_input()
        .map_err(|failure| failure.during("the key file is no JWKS of a node"))?;
    let text = folder::read(&args.file)?;
    let received_at = args.received.map_or_else(|| SystemClock.now(), CivilDate::start);
    let report = statement::report(text.trim_end(), &keys, received_at)
        .map_err(|error| if error.unreadable() { Failure::input(error) } else { Failure::refused(error) });
    let report = report.map_err(|failure| failure.during("the statement does not hold"))?;
    let words = format!(
        "the statement holds: {} by node {} with key {}, digest {}, claims: {}",
        report.typ,
        report.iss,
        report.kid,
        report.digest,
        report.disclosed.join(", "),
    );
    Ok(Held(serde_json::to_value(&report).or_environment()?, words))
}

fn inclusion(args: &InclusionArgs) -> Result<Held, Failure> {
    let InclusionArgs { leaf_hash, index, size, root, proof } = args;
    verify_inclusion(&leaf_hash.0, *index, *size, &proof.0, &root.0)
        .or_refused()
        .map_err(|failure| failure.during("the leaf is not shown to be in the tree"))?;
    let words = format!("the leaf is number {index} of the tree of {size}");
    Ok(Held(json!({ "holds": true, "index": index, "size": size }), words))
}

fn consistency(args: &ConsistencyArgs) -> Result<Held, Failure> {
    let ConsistencyArgs { size1, root1, size2, root2, proof } = args;
    verify_consistency(*size1, &root1.0, *size2, &root2.0, &proof.0).or_refused().map_err(|failure| {
        failure.during("the older tree is not shown to be the beginning of the newer one")
    })?;
    let words = format!("the tree of {size1} is the beginning of the tree of {size2}");
    Ok(Held(json!({ "holds": true, "size1": size1, "size2": size2 }), words))
}

fn note(args: &NoteArgs) -> Result<Held, Failure> {
    let (file, more) = args.rest.split_last().ok_or_else(|| Failure::wrong("no note is named"))?;
    let more = more.iter().map(|key| key.parse()).collect::<Result<Vec<VerifierKey>, _>>().or_input()?;
    let known = [&args.keys[..], &more].concat();
    let note = read_note(Path::new(file))?;
    let verified = note.verify(&known).map_err(blame_note)?;
    let words = verified.iter().map(|one| one.key.to_string()).collect::<Vec<_>>().join(", ");
    Ok(Held(json!({ "holds": true, "signed_by": signers(&verified) }), format!("signed by {words}")))
}

fn checkpoint(args: &CheckpointArgs) -> Result<Held, Failure> {
    expect_use(&args.key, KeyUse::Log)?;
    for cosigner in &args.cosigners {
        expect_use(cosigner, KeyUse::Cosigner)?;
    }
    let known = [std::slice::from_ref(&args.key), &args.cosigners].concat();
    let text = folder::read(&args.file)?;
    let opened = Checkpoint::open_under_any_name(text.as_bytes(), &known).map_err(blame_checkpoint)?;
    if let Some(missing) =
        args.cosigners.iter().find(|wanted| opened.verified.iter().all(|one| one.key != *wanted))
    {
        return Err(Failure::refused(anyhow::anyhow!("{} did not cosign the checkpoint", missing.name())));
    }
    let Checkpoint { origin, size, root, .. } = &opened.checkpoint;
    let value = json!({ "holds": true, "origin": origin, "size": size, "root": hex::encode(root.bytes()),
        "signed_by": signers(&opened.verified) });
    Ok(Held(value, format!("{origin} has {size} entries, root {}", hex::encode(root.bytes()))))
}

fn cosignature(args: &CosignatureArgs) -> Result<Held, Failure> {
    expect_use(&args.key, KeyUse::Cosigner)?;
    let note = read_note(&args.file)?;
    note.text().parse::<Checkpoint>().or_input()?;
    let verified = note.verify(std::slice::from_ref(&args.key)).map_err(blame_note)?;
    let time = verified.iter().find_map(|one| one.time).unwrap_or_default();
    let words = format!("cosigned by {} at {time} (seconds since 1970)", args.key.name());
    Ok(Held(json!({ "holds": true, "cosigner": args.key.name(), "time": time }), words))
}

fn read_note(path: &Path) -> Result<Note, Failure> {
    Note::parse(folder::read(path)?.as_bytes()).map_err(blame_note)
}

fn blame_checkpoint(error: CheckpointError) -> Failure {
    match error {
        CheckpointError::Malformed => Failure::input(error),
        CheckpointError::NotByItsLog => Failure::refused(error),
        CheckpointError::Note(note) => blame_note(note),
    }
}

fn blame_note(error: NoteError) -> Failure {
    match error {
        NoteError::Malformed => Failure::input(error),
        NoteError::BadSignature | NoteError::NoKnownKey => Failure::refused(error),
    }
}

fn expect_use(key: &VerifierKey, wanted: KeyUse) -> Result<(), Failure> {
    if key.key_use() == wanted {
        return Ok(());
    }
    let kind = if wanted == KeyUse::Log { "a log's key" } else { "a witness's key" };
    Err(Failure::wrong(format!("{} is not {kind}", key.name())))
}

fn signers(verified: &[Verified<'_>]) -> Vec<Value> {
    verified.iter().map(|one| json!({ "key": one.key.to_string(), "time": one.time })).collect()
}

mod tiles;

#[cfg(test)]
mod tests;
