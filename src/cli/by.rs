//! On whose behalf a command acts: an officer of the node, who shows the password.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::folder::NodeFolder;
use super::user;
use crate::node::{Node, Officer};

/// On whose behalf.
#[derive(Args, Debug)]
pub struct By {
    /// The officer, with the duty that the step takes; the password comes from --password-file or `GUITU_PASSWORD`.
    #[arg(long)]
    user: String,
    /// The file with the officer's password.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// The node folder.
    #[arg(long)]
    dir: PathBuf,
}

impl By {
    /// Opens the node and logs the officer in.
    pub(super) async fn enter(&self) -> Result<(Arc<Node>, Officer), Failure> {
        let node = NodeFolder::read(&self.dir)?.open_node().await?;
        let password = user::password(self.password_file.as_deref())?;
        let officer = node.log_in(&self.user, &password).await?;
        Ok((node, officer))
    }
}
