//! An officer at the office API over HTTPS, as an outsider.

use std::time::Duration;

use reqwest::{Certificate, Client, Method};
use serde_json::Value;

/// An officer who has logged in.
#[derive(Clone)]
pub(crate) struct Officer {
    pub(super) client: Client,
    pub(super) base: String,
    pub(super) token: String,
}

impl Officer {
    /// Somebody without a session, who trusts the CA `ca` (PEM).
    pub(crate) fn nobody(base: &str, ca: &[u8]) -> Self {
        Self { client: client(ca), base: base.to_owned(), token: String::new() }
    }

    /// The same with a session.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The header line that carries the session.
    pub(crate) fn authorization(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.token)
    }

    /// Sends a request; an error is one of the connection.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value), reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    async fn done(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.call(method, path, body).await.unwrap();
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Reads a path.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, None).await
    }

    /// Posts a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.done(Method::POST, path, Some(body)).await
    }

    /// Does what the path says.
    pub(crate) async fn act(&self, path: &str) -> Value {
        self.done(Method::POST, path, None).await
    }

    /// All pages of a list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut after = Some(-1);
        while let Some(cursor) = after {
            let from = if cursor < 0 { String::new() } else { format!("&after={cursor}") };
            let page = self.get(&format!("{path}?limit=200{from}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            after = page["next"].as_i64();
        }
        items
    }

    /// The entries of the log, as the auditor reads them.
    pub(crate) async fn log(&self) -> Vec<Value> {
        let items = self.all("/office/v1/log").await;
        items.into_iter().map(|item| item["entry"].clone()).collect()
    }
}

#[allow(clippy::disallowed_methods, reason = "an officer's client, not the node's")]
pub(super) fn client(ca_pem: &[u8]) -> Client {
    guitu::peer::identity::install_provider();
    let root = Certificate::from_pem(ca_pem).unwrap();
    let builder = Client::builder().tls_certs_only([root]).https_only(true).no_proxy();
    builder.timeout(Duration::from_secs(30)).build().unwrap()
}
