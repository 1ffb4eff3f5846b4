//! The genotype guard: no STR genotype enters or leaves a node (only public security may hold DNA data).
//!
//! Finds the loci of forensic kits as JSON keys, and in strings together with allele numbers,
//! whatever their case, width and spacing. Errs on the side of refusing; a locus that is merely
//! mentioned in prose is no genotype. Linear in the length of what it reads. Never quotes a value.

mod locus;
mod scan;

use serde_json::Value;

use self::locus::{is_locus, key_names_locus};
use self::scan::Letters;

/// Whether a text carries a genotype: a locus with allele numbers after it (`TH01 6,9.3`,
/// `D8Ｓ1179：１３／１４`), or three loci and as many allele numbers in a row (a table).
pub fn genotype_in_text(text: &str) -> bool {
    scan::carries_genotype(&Letters::of(text))
}

/// The JSON pointer (RFC 6901) of the first genotype in `value`; `None` if there is none. It names the
/// member whose key is a locus, the object with a key that contains one, the string, or the array or
/// object that puts a locus beside allele numbers; never an allele. Its other parts are keys of
/// `value`: log it only if those are fields of a known record. Whoever wrote the value is at fault.
///
/// Ask it about decoded claims, not about digests, salts and signatures: random base64 spells
/// anything once in a while.
pub fn genotype_in(value: &Value) -> Option<String> {
    let mut pointer = String::new();
    find(value, &mut pointer).then_some(pointer)
}

fn find(value: &Value, pointer: &mut String) -> bool {
    match value {
        Value::String(text) => genotype_in_text(text),
        Value::Array(items) => pairs_up(items.iter()) || find_in_items(items, pointer),
        Value::Object(members) => {
            pairs_up(members.values())
                || members.iter().any(|(key, member)| {
                    within(pointer, key, |_| is_locus(key))
                        // Such a key may carry alleles: the pointer stops at its object.
                        || key_names_locus(key)
                        || within(pointer, key, |pointer| find(member, pointer))
                })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn find_in_items(items: &[Value], pointer: &mut String) -> bool {
    items.iter().enumerate().any(|(at, item)| within(pointer, &at.to_string(), |pointer| find(item, pointer)))
}

/// Runs `found` one level down; the longer pointer stays only if it found something.
fn within(pointer: &mut String, token: &str, found: impl FnOnce(&mut String) -> bool) -> bool {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    let hit = found(pointer);
    if !hit {
        pointer.truncate(length);
    }
    hit
}

/// `{"locus": "TH01", "alleles": [6, 9.3]}`, `["TH01", 6, 9.3]`, `["TH01", "FGA"]`: names of loci
/// beside alleles, or a list of names.
fn pairs_up<'a>(values: impl Iterator<Item = &'a Value>) -> bool {
    let (mut loci, mut alleles) = (0, false);
    for value in values {
        match value {
            Value::String(text) if is_locus(text) => loci += 1,
            Value::Array(items) => alleles |= items.iter().any(is_allele),
            other => alleles |= is_allele(other),
        }
    }
    loci >= 2 || (loci == 1 && alleles)
}

fn is_allele(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(scan::is_allele_number),
        Value::String(text) => scan::is_alleles(&Letters::of(text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
