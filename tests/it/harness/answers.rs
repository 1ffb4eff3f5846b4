//! What the peer listener makes of the answers of use cases.

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
