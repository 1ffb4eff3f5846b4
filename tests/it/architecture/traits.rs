//! `Transport`, `Clock` and `Entropy` are the only traits of ours with more than one implementation.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use super::source::{Finding, Source};

const MANY: [&str; 3] = ["Transport", "Clock", "Entropy"];
/// Say which plain types both database drivers take: blanket impls, and marks on integers and strings.
const DRIVERS: [&str; 4] = ["Bind", "Record", "ListItem", "Sealed"];

/// Rule: everything but time, randomness and the wire is concrete. Test doubles count.
pub(crate) fn implementations(sources: &[Source]) -> Vec<Finding> {
    let mut seen = Seen::default();
    for (index, source) in sources.iter().enumerate() {
        match syn::parse_file(&source.text) {
            Ok(file) => seen.read(index, &file),
            Err(error) => return vec![source.finding(1, "syntax", error)],
        }
    }
    let several = seen.implementors.iter().filter(|(name, by)| {
        by.len() > 1 && !MANY.contains(&name.as_str()) && !DRIVERS.contains(&name.as_str())
    });
    several
        .filter_map(|(name, by)| Some((sources.get(*seen.declared.get(name)?)?, name, by)))
        .map(breach)
        .collect()
}

fn breach((source, name, by): (&Source, &String, &BTreeSet<String>)) -> Finding {
    let declared = source.tokens.windows(2).find(|pair| pair[0].is("trait") && pair[1].is(name));
    let line = declared.map_or(1, |pair| pair[0].line);
    source.finding(line, "traits", format_args!("trait `{name}` is implemented by {by:?}"))
}

/// Where traits are declared and what implements them, by name.
#[derive(Default)]
struct Seen {
    file: usize,
    declared: BTreeMap<String, usize>,
    implementors: BTreeMap<String, BTreeSet<String>>,
}

impl Seen {
    fn read(&mut self, index: usize, file: &syn::File) {
        self.file = index;
        self.visit_file(file);
    }
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.declared.insert(item.ident.to_string(), self.file);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let name = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if let (Some(name), Some(by)) = (name, implementor(item)) {
            self.implementors.entry(name.ident.to_string()).or_default().insert(by);
        }
        visit::visit_item_impl(self, item);
    }
}

/// The type that an impl is for; none if it is for a parameter (a blanket impl).
fn implementor(item: &syn::ItemImpl) -> Option<String> {
    let mut target = &*item.self_ty;
    while let syn::Type::Reference(reference) = target {
        target = &reference.elem;
    }
    let syn::Type::Path(path) = target else {
        return Some(format!("another type in {:p}", std::ptr::from_ref(item)));
    };
    let name = &path.path.segments.last()?.ident;
    let blanket = item.generics.type_params().any(|parameter| parameter.ident == *name);
    (!blanket).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let found =
            implementations(&[Source::new("src/a.rs", text), Source::new("src/b.rs", "impl Port for B {}")]);
        found.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_second_implementation_is_found_at_the_trait() {
        assert_eq!(lines("struct A;\npub trait Port {}\nimpl Port for A {}"), [2]);
        assert_eq!(lines("trait Port {}\nimpl<T: Copy> Port for T {}"), [] as [usize; 0]);
    }

    #[test]
    fn the_three_ports_and_foreign_traits_are_free() {
        assert_eq!(lines("trait Clock {}\nimpl Clock for A {}\nimpl Clock for B {}"), [] as [usize; 0]);
        assert_eq!(
            lines("impl Port for A {}\nimpl fmt::Display for A {}\nimpl fmt::Display for B {}"),
            [] as [usize; 0]
        );
    }

    #[test]
    fn a_file_that_does_not_parse_is_found() {
        assert_eq!(lines("fn {"), [1]);
    }
}
