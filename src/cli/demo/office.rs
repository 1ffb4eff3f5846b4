//! An officer's client of a node's office listeners: logs in, sends and reads JSON over TLS.
//!
//! Knows HTTP and problem documents; must not know leads. Errors hold status and code, never a body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Certificate, Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::failure::{Blame as _, Failure};

const TIMEOUT: Duration = Duration::from_secs(30);

/// The office of a node, which trusts nobody yet. Where the node has several instances, requests go to them in turn.
#[derive(Clone)]
pub(super) struct Office {
    client: Client,
    bases: Arc<[String]>,
    turn: Arc<AtomicUsize>,
}

/// An officer who has logged in.
#[derive(Clone)]
pub(super) struct Officer {
    office: Office,
    token: String,
}

/// What came back.
pub(super) struct Answer {
    status: StatusCode,
    path: String,
    body: Value,
}

impl Office {
    /// The office at each of `bases`, whose certificate is issued by the CA in `ca_pem` alone.
    #[allow(
        clippy::disallowed_methods,
        reason = "an officer's client, not the node's: it trusts one CA and shows nothing"
    )]
    pub(super) fn new(bases: Vec<String>, ca_pem: &str) -> Result<Self, Failure> {
        let root = Certificate::from_pem(ca_pem.as_bytes()).or_input()?;
        let client = Client::builder()
            .tls_certs_only([root])
            .https_only(true)
            .no_proxy()
            .tcp_nodelay(true)
            .timeout(TIMEOUT)
            .build()
            .or_environment()?;
        Ok(Self { client, bases: bases.into(), turn: Arc::default() })
    }

    /// Logs an officer in.
    pub(super) async fn log_in(&self, name: &str, password: &str) -> Result<Officer, Failure> {
        #[derive(Deserialize)]
        struct Token {
            token: String,
        }
        let body = json!({ "user": name, "password": password });
        let answer = self.call(Method::POST, "/office/v1/sessions", None, &[], Some(&body)).await?.done()?;
        let Token { token } = serde_json::from_value(answer).or_environment()?;
        Ok(Officer { office: self.clone(), token })
    }

    fn next_base(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.bases.get(turn % self.bases.len().max(1)).map_or("", String::as_str)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = self.client.request(method, format!("{}{path}", self.next_base()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let again = request.try_clone();
        let mut response = request.send().await.or_environment()?;
        // The connection had waited unused until the server gave it up; nothing was heard (RFC 9110 §15.5.9).
        if let Some(again) = again.filter(|_| response.status() == StatusCode::REQUEST_TIMEOUT) {
            response = again.send().await.or_environment()?;
        }
        let status = response.status();
        let bytes = response.bytes().await.or_environment()?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, path: path.to_owned(), body })
    }
}

impl Officer {
    /// Reads a path.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.office.call(Method::GET, path, Some(&self.token), &[], None).await?.done()
    }

    /// Posts a body once: a repetition with the same key gets the first answer.
    pub(super) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
        let headers = [("idempotency-key", key)];
        self.office.call(Method::POST, path, Some(&self.token), &headers, Some(body)).await?.done()
    }

    /// Posts a body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.office.call(Method::POST, path, Some(&self.token), &[], Some(body)).await?.done()
    }

    /// Does what the path says with what the caller has read at `version`.
    pub(super) async fn act_on(&self, path: &str, version: u64) -> Result<Value, Failure> {
        let etag = format!("\"{version}\"");
        let headers = [("if-match", etag.as_str())];
        self.office.call(Method::POST, path, Some(&self.token), &headers, None).await?.done()
    }

    /// The code with which a body is refused; none if it is not.
    pub(super) async fn refusal(&self, path: &str, body: &Value) -> Result<Option<String>, Failure> {
        let answer = self.office.call(Method::POST, path, Some(&self.token), &[], Some(body)).await?;
        Ok(answer.body.get("code").and_then(Value::as_str).map(str::to_owned))
    }

    /// Does what the path says, without a body.
    pub(super) async fn act(&self, path: &str) -> Result<Value, Failure> {
        self.office.call(Method::POST, path, Some(&self.token), &[], None).await?.done()
    }

    /// Replaces what the caller has read at `version`.
    pub(super) async fn put(&self, path: &str, version: u64, body: &Value) -> Result<Value, Failure> {
        let etag = format!("\"{version}\"");
        let headers = [("if-match", etag.as_str())];
        self.office.call(Method::PUT, path, Some(&self.token), &headers, Some(body)).await?.done()
    }

    /// The status of a read that may be refused.
    pub(super) async fn status(&self, path: &str) -> Result<u16, Failure> {
        let answer = self.office.call(Method::GET, path, Some(&self.token), &[], None).await?;
        Ok(answer.status.as_u16())
    }
}

impl Answer {
    fn done(self) -> Result<Value, Failure> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let code = self.body.get("code").and_then(Value::as_str).unwrap_or("no code");
        Err(Failure::refused(anyhow::anyhow!("{} answered {} ({code})", self.path, self.status.as_u16())))
    }
}
