//! An officer's client of one office listener: logs in, sends and reads JSON over TLS.
//!
//! Knows HTTP and problem documents; must not know leads. Errors hold status and code, never a body.

use std::time::Duration;

use reqwest::{Certificate, Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::failure::{Blame as _, Failure};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A listener that trusts nobody yet.
#[derive(Clone)]
pub(super) struct Office {
    client: Client,
    base: String,
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
    /// The office at `base`, whose certificate is issued by the CA in `ca_pem` alone.
    #[allow(clippy::disallowed_methods, reason = "an officer's client, not the node's: it trusts one CA and shows nothing")]
    pub(super) fn new(base: &str, ca_pem: &str) -> Result<Self, Failure> {
        let root = Certificate::from_pem(ca_pem.as_bytes()).or_input()?;
        let client = Client::builder()
            .tls_certs_only([root])
            .https_only(true)
            .no_proxy()
            .tcp_nodelay(true)
            .timeout(TIMEOUT)
            .build()
            .or_environment()?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// Logs an officer in.
    pub(super) async fn log_in(&self, name: &str, password: &str) -> Result<Officer, Failure> {
        #[derive(Deserialize)]
        struct Token {
            token: String,
        }
        let body = json!({ "name": name, "password": password });
        let answer = self.call(Method::POST, "/office/v1/login", None, &[], Some(&body)).await?.done()?;
        let Token { token } = serde_json::from_value(answer).or_environment()?;
        Ok(Officer { office: self.clone(), token })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.or_environment()?;
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

    /// Posts a body once: a repetition with the same key changes nothing.
    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, Failure> {
        let headers = [("idempotency-key", key)];
        self.office.call(Method::POST, path, Some(&self.token), &headers, Some(body)).await?.done()
    }

    /// Posts a body on the version that the caller has read.
    pub(super) async fn step(&self, path: &str, version: u64, body: &Value) -> Result<Value, Failure> {
        let etag = format!("\"{version}\"");
        let headers = [("if-match", etag.as_str())];
        self.office.call(Method::POST, path, Some(&self.token), &headers, Some(body)).await?.done()
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
