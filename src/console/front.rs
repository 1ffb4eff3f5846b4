//! What a browser sees first: the API, made of its own document, and how to trust the CA of the node.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::api::office::{Front, openapi_office};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1b1f24;background:#fff}code,pre{background:#f2f4f6;border-radius:4px;padding:.1rem .3rem}\
pre{padding:.8rem;overflow-x:auto}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5dae0;vertical-align:top}\
h1{margin-bottom:0}.lead{color:#4a5360;margin-top:.2rem}";

/// The front page of a node whose clients trust that CA (PEM).
pub fn front(node: NodeId, ca: String) -> Front {
    // The document is our own; if it were none, the page would list nothing.
    let document = serde_json::from_str(&openapi_office()).unwrap_or_default();
    let digest = STANDARD.encode(Digest::of(STYLE.as_bytes()).bytes());
    // Allows the page its own style and nothing else.
    let policy =
        format!("default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'");
    Front { page: describe(&node.to_string(), &ca, &document).into_string(), policy, ca }
}

fn describe(node: &str, ca: &str, document: &Value) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "归途 Guitu · " (node) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "归途 Guitu" }
                p class="lead" { "节点 Node " code { (node) } " · " (text(&document["info"]["title"])) }
                p { (text(&document["info"]["description"])) }
                (trust(ca))
                h2 { "接口 Endpoints" }
                p { a href="/openapi.json" { "OpenAPI 3.1" } }
                (endpoints(document))
            }
        }
    }
}

fn trust(ca: &str) -> Markup {
    let log_in = "curl --cacert ca.pem https://HOST:PORT/office/v1/sessions \\\n  -H 'Content-Type: application/json' \\\n  \
                  -d '{\"user\": \"NAME\", \"password\": \"PASSWORD\"}'";
    html! {
        h2 { "信任证书 Trust the certificate" }
        p {
            "本监听器的证书由节点自己的CA签发。This listener's certificate is issued by the node's own CA: "
            a href="/ca.pem" { "ca.pem" } ", also in the node's folder. SHA-256 of the certificate:"
        }
        pre { (fingerprint(ca).unwrap_or_else(|| "–".to_owned())) }
        p { "命令行 On the command line:" }
        pre { (log_in) }
        p {
            "浏览器 In a browser: import " code { "ca.pem" } " under Settings → Certificates → Authorities, once you "
            "have compared the fingerprint above with the file on the node. 演示CA仅用于演示。A demo's CA is for "
            "the demo: remove it afterwards."
        }
    }
}

fn endpoints(document: &Value) -> Markup {
    let paths = document["paths"].as_object();
    html! {
        table {
            tr { th { "Method" } th { "Path" } th { "" } }
            @for (path, item) in paths.into_iter().flatten() {
                @for method in ["get", "post", "put", "delete"] {
                    @if let Some(operation) = item.get(method) {
                        tr {
                            td { code { (method.to_uppercase()) } }
                            td { code { (path) } }
                            td { (text(&operation["summary"])) }
                        }
                    }
                }
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// SHA-256 of the certificate as tools print it: pairs of hexadecimal digits with colons.
fn fingerprint(pem: &str) -> Option<String> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body.trim()).ok().filter(|der| !der.is_empty())?;
    let mut printed = String::new();
    for (at, byte) in Digest::of(&der).bytes().iter().enumerate() {
        let _ = write!(printed, "{}{byte:02X}", if at == 0 { "" } else { ":" });
    }
    Some(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_endpoint_and_how_to_trust() {
        let ca = "-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n";
        let Front { page, policy, ca: shown } = front("530900".parse().unwrap(), ca.to_owned());
        assert!(shown == ca && policy.contains("'sha256-") && !policy.contains("unsafe"));
        let document: Value = serde_json::from_str(&openapi_office()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.keys().all(|path| page.contains(path)));
        let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
        assert_eq!(page.matches("<tr>").count(), operations + 1, "a row for each operation");
        assert!(page.contains("--cacert ca.pem") && page.contains("8F:43:43:46"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn what_is_no_certificate_has_no_fingerprint() {
        assert_eq!(fingerprint(""), None);
        assert_eq!(fingerprint("姓名"), None);
    }
}
