//! `guitu user`: who may log in at the office listener.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use zeroize::Zeroizing;

use super::failure::Failure;
use super::folder::{self, NodeFolder};
use super::output::{Output, table};
use crate::domain::unit::{Duty, UnitType};

/// Where a password may come from when no file is named.
pub const PASSWORD: &str = "GUITU_PASSWORD";

/// Users of a node.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a user. The password comes from --password-file or from `GUITU_PASSWORD`, never from the arguments.
    Add {
        /// The log-in name: 1 to 64 letters, digits, dots, hyphens, underscores.
        name: String,
        /// What the user may do; repeat for more. Administrators and auditors have one duty only.
        #[arg(long = "duty", required = true)]
        duties: Vec<Duty>,
        /// The user's member unit.
        #[arg(long)]
        unit: UnitType,
        /// The file with the password, 12 to 128 characters on one line.
        #[arg(long)]
        password_file: Option<PathBuf>,
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
    /// List the users.
    List {
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Disable a user: the next request is refused.
    Disable {
        /// The log-in name.
        name: String,
        /// The node folder.
        #[arg(long)]
        dir: PathBuf,
    },
}

/// Runs the command.
pub async fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Add { name, duties, unit, password_file, dir } => {
            let password = password(password_file.as_deref())?;
            let node = NodeFolder::read(&dir)?.open_node().await?;
            node.add_user(&name, &password, &duties, unit).await?;
            output.result(&json!({ "added": name }), || format!("added {name}"));
        }
        Command::List { dir } => list(&dir, output).await?,
        Command::Disable { name, dir } => {
            let node = NodeFolder::read(&dir)?.open_node().await?;
            node.disable_user(&name).await?;
            output.result(&json!({ "disabled": name }), || format!("disabled {name}"));
        }
    }
    Ok(())
}

async fn list(dir: &Path, output: Output) -> Result<(), Failure> {
    let users = NodeFolder::read(dir)?.open_node().await?.list_users().await?;
    output.result(&users, || {
        let rows = users.iter().map(|user| {
            let duties: Vec<&str> = user.duties.iter().map(|duty| duty.label()).collect();
            let state = if user.active { "active" } else { "disabled" };
            vec![user.name.clone(), duties.join(" "), user.unit.label().to_owned(), state.to_owned()]
        });
        table(&rows.collect::<Vec<_>>())
    });
    Ok(())
}

/// The password from a file's first line, or from the environment.
pub fn password(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let text = match file {
        Some(path) => Zeroizing::new(folder::read(path)?),
        None => Zeroizing::new(std::env::var(PASSWORD).map_err(|_| {
            Failure::wrong(format!("no password: give --password-file, or set {PASSWORD}"))
        })?),
    };
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}
