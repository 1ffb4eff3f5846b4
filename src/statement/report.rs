//! What an auditor may read off a statement: who signed what, and which claims are open.
//!
//! Knows the two forms of statements. Invariant: a report carries names, never values.

use serde::Serialize;
use serde_json::Value;

use super::error::StatementError;
use super::jws::{self, peek};
use super::keys::KeySet;
use super::sd_jwt;
use crate::clock::Timestamp;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// What holds of a verified statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its media type.
    pub typ: String,
    /// The node that signed.
    pub iss: NodeId,
    /// The key that signed.
    pub kid: String,
    /// The digest that names the statement: without disclosures for an SD-JWT.
    pub digest: Digest,
    /// The names of the disclosed claims in order; of a plain JWS, the names of all its members.
    pub disclosed: Vec<String>,
}

/// Verifies a JWS or an SD-JWT (told apart by the tilde) of whatever typ it names itself, first received
/// at `received_at`.
pub fn report(statement: &str, keys: &KeySet, received_at: Timestamp) -> Result<Report, StatementError> {
    let typ = peek(statement)?.typ;
    if jws::is_sd_jwt(&typ) || statement.contains('~') {
        let verified = sd_jwt::verify(statement, &typ, keys, received_at)?;
        let disclosed = verified.claims.into_keys().collect();
        let (iss, digest) = (verified.plain.iss, verified.statement_digest);
        return Ok(Report { typ, iss, kid: verified.kid, digest, disclosed });
    }
    let verified = jws::verify(statement, &typ, keys, received_at)?;
    let disclosed = match verified.payload {
        Value::Object(members) => members.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    };
    Ok(Report { typ, iss: verified.iss, kid: verified.kid, digest: verified.digest, disclosed })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::statement::samples::{claims, date, issued, key, key_set, received};

    #[test]
    fn a_report_tells_names_and_never_values() {
        let issued = issued(claims());
        let open = [issued.disclosures["birth.year"].as_str(), issued.disclosures["sex"].as_str()];
        let report = report(&sd_jwt::present(&issued.jws, &open), &key_set(), received()).unwrap();
        assert_eq!((report.iss, report.kid.as_str()), (key().node(), key().kid()));
        assert_eq!(report.disclosed, ["birth.year", "sex"]);
        assert_eq!(report.digest, sd_jwt::statement_digest(&issued.jws));
        assert!(!serde_json::to_string(&report).unwrap().contains("2015"));
    }

    #[test]
    fn both_forms_are_told_apart() {
        let payload =
            json!({ "iss": "530900", "iat": date("2026-05-05").start().seconds(), "code": "accepted" });
        let compact = jws::sign(&key(), jws::typ::ANSWER, &payload).unwrap();
        let told = report(&compact, &key_set(), received()).unwrap();
        assert_eq!((told.typ.as_str(), told.disclosed.len()), (jws::typ::ANSWER, 3));
        let bare = issued(claims()).jws;
        assert_eq!(report(&bare, &key_set(), received()), Err(StatementError::TrailingTildeMissing));
        assert!(report(&format!("{compact}~"), &key_set(), received()).is_err());
    }
}
