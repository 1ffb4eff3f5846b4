//! What the peer listener makes of the answers of use cases.

use guitu::exchange::succession::Announcement;
use guitu::node::Error;
use guitu::peer::transport::Response;
use guitu::tlog::witness::Declined;

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
