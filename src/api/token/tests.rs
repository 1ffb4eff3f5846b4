//! Office tokens: what they say, how long they hold, what is refused.

use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp(1_760_000_000_000);

fn tokens() -> Tokens {
    Tokens::new("530900".parse().unwrap(), &[7; 32]).unwrap()
}

fn user() -> Uuid {
    Uuid::from_u128(5)
}

fn forged(header: &Header, claims: &serde_json::Value, seed: u8) -> String {
    let mut der = PKCS8.to_vec();
    der.extend_from_slice(&[seed; 32]);
    encode(header, claims, &EncodingKey::from_ed_der(&der)).unwrap()
}

fn claims() -> serde_json::Value {
    json!({"iss": "guitu.530900/office", "sub": user(), "iat": NOW.seconds(),
           "exp": NOW.seconds() + LIFETIME, "jti": Uuid::from_u128(6)})
}

#[test]
fn a_token_holds_for_fifteen_minutes() {
    let (token, until) = tokens().issue(user(), Uuid::from_u128(6), NOW).unwrap();
    assert_eq!(until, NOW.plus(900_000));
    assert_eq!(tokens().verify(&token, NOW), Ok(user()));
    assert_eq!(tokens().verify(&token, until.plus(-1)), Ok(user()));
    assert_eq!(tokens().verify(&token, until), Err(TokenRefused::Expired));
    assert_eq!(tokens().verify(&token, NOW.plus(-120_000)), Err(TokenRefused::Invalid));
}

#[test]
fn another_key_node_or_form_is_refused() {
    let tokens = tokens();
    let good = forged(&tokens.header, &claims(), 7);
    assert_eq!(tokens.verify(&good, NOW), Ok(user()));
    let changed = |name: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims[name] = value;
        forged(&tokens.header, &claims, 7)
    };
    let mut with_key = tokens.header.clone();
    with_key.jku = Some("https://example.invalid".into());
    let mut plain = tokens.header.clone();
    plain.typ = Some("JWT".into());
    let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), "e30");
    for bad in [
        forged(&tokens.header, &claims(), 8),
        forged(&with_key, &claims(), 7),
        forged(&plain, &claims(), 7),
        changed("iss", json!("guitu.500000/office")),
        changed("exp", json!(NOW.seconds() + 10 * LIFETIME)),
        changed("sub", json!("root")),
        changed("admin", json!(true)),
        unsigned,
        good.trim_end_matches(|c| c != '.').to_owned(),
        "x".repeat(5_000),
        String::new(),
    ] {
        assert_eq!(tokens.verify(&bad, NOW), Err(TokenRefused::Invalid));
    }
}
