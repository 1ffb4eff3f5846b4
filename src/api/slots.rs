//! Places that are taken and given back: at most so many for each key.
//!
//! Knows numbers only. Invariant: a key without a taken place costs no memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// At most `most` places for each key.
#[derive(Debug)]
pub(super) struct Slots<K: Copy + Eq + Hash> {
    most: usize,
    taken: Mutex<HashMap<K, usize>>,
}

/// A taken place; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Slot<K: Copy + Eq + Hash> {
    slots: Arc<Slots<K>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Slots<K> {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// A place for `key`; none if all of its places are taken.
    pub(super) fn take(self: &Arc<Self>, key: K) -> Option<Slot<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&key).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        taken.insert(key, count + 1);
        Some(Slot { slots: Arc::clone(self), key })
    }
}

impl<K: Copy + Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_places_and_gets_them_back() {
        let slots = Slots::new(2);
        let (first, second) = (slots.take('a').unwrap(), slots.take('a').unwrap());
        assert!(slots.take('a').is_none() && slots.take('b').is_some());
        drop(first);
        let third = slots.take('a').unwrap();
        assert!(slots.take('a').is_none());
        drop((second, third));
        assert!(slots.taken.lock().unwrap().is_empty());
    }
}
