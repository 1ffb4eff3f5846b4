//! What the peer listener makes of the answers of use cases.

use guitu::exchange::succession::Announcement;
use guitu::node::{Error, Node};
use guitu::peer::identity::PeerCertificate;
use guitu::peer::transport::Response;
use guitu::tlog::witness::Declined;
use serde::Serialize;

/// What the witness's listener makes of an answer.
pub(crate) fn witnessed(answer: Result<Result<String, Declined>, Error>) -> Response {
    let (status, body) = match answer {
        Ok(Ok(line)) => (200, format!("{line}\n")),
        Ok(Err(Declined::Stale(size) | Declined::Split(size))) => (409, format!("{size}\n")),
        Ok(Err(why)) => (why.status(), why.code().to_owned()),
        Err(error) => (503, error.code().to_owned()),
    };
    Response { status, retry_after: None, body: body.into_bytes() }
}

/// What the listener makes of an answer that is JSON.
pub(crate) fn told<T: Serialize>(status: u16, answer: Result<T, Error>) -> Response {
    let (status, body) = match answer {
        Ok(answer) => (status, serde_json::to_vec(&answer).unwrap()),
        Err(error) => (503, error.code().into()),
    };
    Response { status, retry_after: None, body }
}

/// What the listener answers to the questions after a restore.
pub(crate) async fn position(node: &Node, from: &PeerCertificate, path: &str) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let value = query.split_once('=').map(|(_, value)| value);
    match path {
        "/peer/v1/position" => {
            let size = value.map(|size| size.parse().unwrap());
            told(200, node.position(from, size).await)
        }
        "/peer/v1/position/records" => {
            let after = value.map(|after| after.parse().unwrap()).unwrap_or_default();
            told(200, node.held_records(from, after).await)
        }
        _ => told(404, Ok(())),
    }
}

/// What the listener answers to what a peer says by itself after a restore.
pub(crate) async fn heard(node: &Node, from: &PeerCertificate, path: &str, body: &[u8]) -> Response {
    match path {
        "/peer/v1/position" => {
            told(204, node.hear_position(from, serde_json::from_slice(body).unwrap()).await)
        }
        _ => told(204, node.hear_records(from, serde_json::from_slice(body).unwrap()).await),
    }
}

/// What the peer listener makes of an introduction's answer.
pub(crate) fn introduced(answer: Result<Announcement, Error>) -> Response {
    let (status, body) = match answer {
        Ok(said) => (200, serde_json::to_string(&said).unwrap()),
        Err(Error::Succession(error)) => (409, error.code().to_owned()),
        Err(Error::PeerNotActive) => (403, String::new()),
        Err(error) => (503, error.code().to_owned()),
    };
    Response { status, retry_after: None, body: body.into_bytes() }
}
