//! The counters and gauges of a node, in the `OpenMetrics` text format.
//!
//! Knows routes as patterns, statuses and node names; must not know records, officers or paths. Labels
//! come from closed sets, so their number is bounded.

use std::fmt;
use std::sync::PoisonError;
use std::sync::RwLock;

use actix_web::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::node::follow_up::Figures;
use crate::node::lag::LagView;

/// Media type of the text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneTo {
    node: String,
    lane: &'static str,
}

/// One value for every lane to every peer.
type Lanes = Family<LaneTo, Gauge>;

/// The metrics of a node, shared by its listeners.
pub struct Metrics {
    registry: RwLock<Registry>,
    answers: Family<Answer, Counter>,
    receipts: Counter,
    waiting: Gauge,
    log_size: Gauge,
    received: Gauge,
    peers: Gauge,
    late: Gauge,
    lanes: [Lanes; LANES.len()],
}

/// Which number of a lane is shown.
type Of = fn(&LagView) -> i64;

/// What is shown of each lane: name, help, value.
const LANES: [(&str, &str, Of); 6] = [
    ("peer_waiting", "Messages without a receipt", |lag| lag.waiting),
    ("peer_oldest_seconds", "How long the oldest message without a receipt has waited", |lag| {
        lag.oldest_ms.unwrap_or(0) / 1_000
    }),
    ("peer_in_flight", "Messages handed over without a receipt so far", |lag| {
        i64::try_from(lag.in_flight).unwrap_or(i64::MAX)
    }),
    ("peer_again", "Messages refused for now, which go again by themselves", |lag| lag.again),
    ("peer_refused", "Messages refused for good", |lag| lag.refused),
    ("peer_failed_batches", "Batches without a receipt since the start; each is tried again", |lag| {
        i64::try_from(lag.failed).unwrap_or(i64::MAX)
    }),
];

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: RwLock::new(Registry::with_prefix("guitu")),
            answers: Family::default(),
            receipts: Counter::default(),
            waiting: Gauge::default(),
            log_size: Gauge::default(),
            received: Gauge::default(),
            peers: Gauge::default(),
            late: Gauge::default(),
            lanes: LANES.map(|_| Lanes::default()),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        registry.register("requests", "Answered requests by route and status", self.answers.clone());
        registry.register("receipts_given", "Batches answered with a receipt", self.receipts.clone());
        registry.register("outbox_waiting", "Messages without a receipt", self.waiting.clone());
        registry.register("log_size", "Entries in the log", self.log_size.clone());
        registry.register("leads_received", "Leads received", self.received.clone());
        registry.register("peers", "Registered peers", self.peers.clone());
        registry.register(
            "witnesses_late",
            "Witnesses that are late with their cosignature",
            self.late.clone(),
        );
        for ((name, help, _), lanes) in LANES.iter().zip(&self.lanes) {
            registry.register(*name, *help, lanes.clone());
        }
    }

    /// A request was answered.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode) {
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            _ => "other",
        };
        let answer = Answer { method, route: route.to_owned(), status: status.as_u16() };
        self.answers.get_or_create(&answer).inc();
    }

    /// A batch was answered with a receipt.
    pub fn receipt_given(&self) {
        self.receipts.inc();
    }

    /// What a node says of itself now.
    pub fn measured(&self, figures: &Figures, lags: &[LagView], late: usize) {
        self.late.set(i64::try_from(late).unwrap_or(i64::MAX));
        self.waiting.set(figures.outbox_waiting);
        self.log_size.set(figures.log_size);
        self.received.set(figures.received);
        self.peers.set(i64::try_from(figures.peers).unwrap_or(i64::MAX));
        for ((_, _, of), lanes) in LANES.iter().zip(&self.lanes) {
            lanes.clear();
            for lag in lags {
                let lane = LaneTo { node: lag.node.to_string(), lane: lag.lane.code() };
                lanes.get_or_create(&lane).set(of(lag));
            }
        }
    }

    /// The text that a scraper reads.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::message::Lane;

    fn lag(node: &str, waiting: i64) -> LagView {
        let (status, lane) = ("active".to_owned(), Lane::Normal);
        let (oldest_ms, again, refused, in_flight, failed) = (Some(61_500), 4, 5, 6, 7);
        let node = node.parse().unwrap();
        LagView {
            node,
            status,
            lane,
            waiting,
            oldest_ms,
            again,
            refused,
            in_flight,
            failed,
            blocked_at: None,
            blocked_by: None,
        }
    }

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::default();
        metrics.answered(&Method::PUT, "/office/v1/leads/{id}", StatusCode::OK);
        metrics.answered(&Method::from_bytes(b"BREW").unwrap(), "unmatched", StatusCode::NOT_FOUND);
        let figures = Figures { log_size: 40, outbox_waiting: 3, received: 2, peers: 1 };
        metrics.measured(&figures, &[lag("500000", 3)], 0);
        metrics.measured(&figures, &[lag("530900", 1)], 2);
        let text = metrics.text().unwrap();
        for line in [
            "guitu_requests_total{method=\"PUT\",route=\"/office/v1/leads/{id}\",status=\"200\"} 1",
            "guitu_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1",
            "guitu_outbox_waiting 3",
            "guitu_log_size 40",
            "guitu_witnesses_late 2",
            "guitu_peer_waiting{node=\"530900\",lane=\"normal\"} 1",
            "guitu_peer_oldest_seconds{node=\"530900\",lane=\"normal\"} 61",
            "guitu_peer_again{node=\"530900\",lane=\"normal\"} 4",
            "guitu_peer_refused{node=\"530900\",lane=\"normal\"} 5",
            "guitu_peer_in_flight{node=\"530900\",lane=\"normal\"} 6",
            "guitu_peer_failed_batches{node=\"530900\",lane=\"normal\"} 7",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("500000"), "a peer that left is not shown");
    }
}
