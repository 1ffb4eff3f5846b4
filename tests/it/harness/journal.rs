//! The log of a node of these tests, as its auditor reads it.

use guitu::audit::terms::Term;
use guitu::node::journal::EntryFilter;
use guitu::node::views::EntryView;

use super::nodes::TestNode;

impl TestNode {
    /// Its log.
    pub(crate) async fn log(&self) -> Vec<EntryView> {
        self.node.entries(&self.auditor, &EntryFilter::default(), 0, 1_000).await.unwrap().items
    }

    /// The indexes of the entries with all these terms, read page by page of `limit`, to the end of the log as it
    /// was at the first.
    pub(crate) async fn found(&self, terms: &[Term], limit: i64) -> Vec<i64> {
        let filter = EntryFilter { terms: terms.to_vec(), ..EntryFilter::default() };
        self.found_by(&filter, limit).await
    }

    /// The same for any filter.
    pub(crate) async fn found_by(&self, filter: &EntryFilter, limit: i64) -> Vec<i64> {
        let (mut leaves, mut after) = (Vec::new(), Some(0));
        while let Some(from) = after {
            let page = self.node.entries(&self.auditor, filter, from, limit).await.unwrap();
            assert!(page.items.len() <= usize::try_from(limit).unwrap());
            assert!(page.next.is_none_or(|next| next > from), "a page moves on");
            leaves.extend(page.items.iter().map(|item| item.leaf));
            after = page.next;
        }
        leaves
    }
}
