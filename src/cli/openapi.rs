//! `guitu openapi`: the contracts of the two listeners, for engineers of other nodes and clients.

use clap::{Args as ClapArgs, ValueEnum};

use super::failure::Failure;
use super::output::line;
use crate::api::{office, peer};

/// Print the OpenAPI 3.1 document of a listener.
#[derive(ClapArgs, Debug)]
pub struct Args {
    /// Which listener.
    listener: Listener,
}

/// The listeners with a contract.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Listener {
    /// What officers and auditors use.
    Office,
    /// What other nodes use.
    Peer,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let document = match args.listener {
        Listener::Office => office::openapi_office(),
        Listener::Peer => peer::openapi_peer(),
    };
    line(document.trim_end());
    Ok(())
}
