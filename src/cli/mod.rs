//! One command, one file. Knows arguments, output and exit codes; decides nothing about a case.

pub mod agreement;
pub mod audit;
pub mod backup;
mod by;
pub mod canon;
pub mod demo;
mod disk;
pub mod epoch;
pub mod failure;
pub mod folder;
pub mod init;
pub mod lead;
mod misuse;
pub mod openapi;
pub mod output;
pub mod peer;
pub mod pki;
mod progress;
pub mod redact;
pub mod serve;
pub mod status;
pub mod user;
pub mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use self::failure::{Blame as _, Failure};
use self::output::Output;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it does not hold, or a rule refuses it; 2 the arguments or the files \
                          they name are wrong, or cannot be read; 3 the machine, the network or the database failed. \
                          One line on standard error says why.";

/// Guitu (归途): a federated exchange node for anti-trafficking case leads.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = EXIT_CODES
)]
struct Cli {
    /// Write the result as one JSON object on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    /// Make certificates and seeds.
    #[command(subcommand)]
    Pki(pki::Command),
    /// Enrol other nodes and decide whether they may exchange.
    #[command(subcommand)]
    Peer(peer::Command),
    /// Decide who may log in.
    #[command(subcommand)]
    User(user::Command),
    /// Propose, countersign, change, end and file cooperation agreements.
    #[command(subcommand)]
    Agreement(agreement::Command),
    /// Take back what was shared.
    #[command(subcommand)]
    Lead(lead::Command),
    Serve(serve::Args),
    Demo(demo::command::Args),
    Status(status::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    /// Go on after a rollback.
    #[command(subcommand)]
    Epoch(epoch::Command),
    /// Export a node's log and check it offline, as an auditor.
    #[command(subcommand, after_help = EXIT_CODES)]
    Audit(audit::Command),
    /// Check single facts from files, offline.
    #[command(subcommand, after_help = EXIT_CODES)]
    Verify(verify::Command),
    /// Mask free text, or say why a stretch is masked.
    #[command(subcommand)]
    Redact(redact::Command),
    /// Write standard input as canonical JSON (RFC 8785); at most 1,024 levels deep.
    Canon,
    Openapi(openapi::Args),
}

/// Parses `arguments` (the first is the program's name), runs the command, and says the failure on
/// standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(misused(&error)),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(said(&failure)),
    }
}

/// Says a failure on standard error; its exit code, which a closed standard error leaves.
fn said(failure: &Failure) -> u8 {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(failure.line().as_bytes());
    failure.code()
}

/// Prints help where it is asked for or no command is named, else what is wrong with the arguments, in one line.
fn misused(error: &clap::Error) -> u8 {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return if error.use_stderr() { 2 } else { 0 };
    }
    said(&Failure::wrong(format!("{}; --help says what the command takes", misuse::said_of(error))))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let output = Output { json: cli.json };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().or_environment()?;
    runtime.block_on(async {
        match cli.command {
            Command::Init(args) => init::run(args, output).await,
            Command::Pki(command) => pki::run(command, output).await,
            Command::Peer(command) => peer::run(command, output).await,
            Command::User(command) => user::run(command, output).await,
            Command::Agreement(command) => agreement::run(command, output).await,
            Command::Lead(command) => lead::run(command, output).await,
            Command::Serve(args) => serve::run(args, output).await,
            Command::Status(args) => status::run(args, output).await,
            Command::Backup(args) => backup::save(args, output).await,
            Command::Restore(args) => backup::restore(args, output).await,
            Command::Epoch(command) => epoch::run(command, output).await,
            Command::Audit(command) => audit::run(command, output).await,
            Command::Verify(command) => verify::run(&command, output),
            Command::Redact(command) => redact::run(command, output),
            Command::Canon => canon::run(),
            Command::Openapi(args) => openapi::run(&args),
            Command::Demo(args) => demo::command::run(args, output).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
