//! Agreements as people read them: the list, and the page of a version.

use uuid::Uuid;

use super::views::AgreementView;
use super::{Error, Node, dossiers};
use crate::domain::agreement::{Agreement, Dossier, page};
use crate::domain::digest::Digest;
use crate::store::agreement as store;

impl Node {
    /// Every agreement that this node knows, in all its versions.
    pub async fn agreements(&self) -> Result<Vec<AgreementView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let ids = store::all(&mut tx).await?;
        let known = dossiers::load(&mut tx, &ids).await?;
        let mut versions: Vec<Agreement> = known.values().flat_map(Dossier::versions).collect();
        versions.sort_by_key(|version| (version.terms().id, version.key()));
        Ok(versions.iter().map(|version| self.agreement_view(version)).collect())
    }

    /// A version of an agreement as a page to read and print, with what it changes in the one before it.
    pub async fn agreement_page(&self, id: Uuid, digest: Digest) -> Result<String, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let dossier = dossiers::one(&mut tx, id).await?;
        let named = |digest| dossier.versions().find(|version| version.digest() == digest);
        let version = named(digest).ok_or(Error::NotFound)?;
        let before = version.terms().previous.and_then(named);
        Ok(page(&version, before.as_ref().map(Agreement::terms), self.now()))
    }

    pub(super) fn agreement_view(&self, agreement: &Agreement) -> AgreementView {
        AgreementView {
            id: agreement.terms().id,
            version: agreement.terms().version,
            digest: agreement.digest(),
            state: agreement.state_at(self.now()).code(),
            countersigned: agreement.countersigned().iter().copied().collect(),
            terms: agreement.terms().clone(),
        }
    }
}
