//! The one table of a listener: what it serves, and of the same handlers the document that says so.
//!
//! Invariant: no handler is served that the document does not have, and none is in the document that is not served.

/// `"path" { method: handler, … }` for each path, after the attributes of the document that name its title. Makes
/// `routes`, which serves the table, and `Document`, which describes it.
macro_rules! served {
    (
        $(#[$about:meta])*
        $($path:literal { $($method:ident: $($handler:ident)::+),+ })+
    ) => {
        /// The routes.
        pub(super) fn routes(config: &mut ServiceConfig) {
            $(config.service(web::resource($path)$(.$method($($handler)::+))+);)+
        }

        #[derive(OpenApi)]
        $(#[$about])*
        #[openapi(paths($($($($handler)::+),+),+))]
        struct Document;

        /// Path and method of everything that is served.
        #[cfg(test)]
        const SERVED: &[(&str, &str)] = &[$($(($path, stringify!($method))),+),+];
    };
}

pub(in crate::api) use served;

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    /// Each handler stands in the document with the path and the method under which it is served.
    pub(in crate::api) fn agree(served: &[(&str, &str)], document: &Value) {
        let items = document["paths"].as_object().unwrap().iter();
        let documented: BTreeSet<(&str, &str)> = items
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(move |method| (path.as_str(), method.as_str()))
            })
            .collect();
        let served_once: BTreeSet<_> = served.iter().copied().collect();
        assert_eq!(served_once.len(), served.len(), "nothing is served twice");
        assert_eq!(documented, served_once);
    }
}
