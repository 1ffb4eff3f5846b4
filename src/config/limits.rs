//! What one caller may ask of the listeners.

use serde::Deserialize;

/// Limits of the listeners. How large a body may be is part of the protocol: a batch has at most 4 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests that one peer may send in a second, 1–100,000; beyond them it gets 429 and comes back later.
    pub peer_requests_per_second: u32,
    /// Requests that one peer may have open at once, 2–1,000; beyond them 429.
    pub peer_requests_at_once: usize,
    /// Connections that one peer may hold, 2–10,000; more are closed.
    pub peer_connections: usize,
    /// How long the head of a request may take, seconds, 1–60.
    pub head_seconds: u64,
    /// How long a body may take, seconds, 1–300.
    pub body_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            peer_requests_per_second: 1_000,
            peer_requests_at_once: 32,
            peer_connections: 64,
            head_seconds: 10,
            body_seconds: 30,
        }
    }
}

impl Limits {
    /// The first value out of range: its key and what is wrong.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let checks = [
            ((1..=100_000).contains(&self.peer_requests_per_second), "limits.peer_requests_per_second"),
            ((2..=1_000).contains(&self.peer_requests_at_once), "limits.peer_requests_at_once"),
            ((2..=10_000).contains(&self.peer_connections), "limits.peer_connections"),
            ((1..=60).contains(&self.head_seconds), "limits.head_seconds"),
            ((1..=300).contains(&self.body_seconds), "limits.body_seconds"),
        ];
        checks.into_iter().find(|(fits, _)| !fits).map(|(_, key)| (key, "out of range"))
    }
}
