//! Tests of the mapping: statuses, codes and what a document says and does not say.

use actix_web::body::to_bytes;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::*;
use crate::domain::agreement::NotInForce;
use crate::domain::lead::check::FieldError;
use crate::exchange::inbox::BatchRefusal;

async fn document(problem: Problem) -> (StatusCode, Value) {
    let response = problem.respond(Some("r-1".into()));
    assert_eq!(response.headers().get("content-type").unwrap(), MEDIA_TYPE);
    let status = response.status();
    (status, serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap())
}

#[actix_web::test]
async fn a_document_has_type_code_and_reference() {
    let (status, body) = document(Error::NotFound.into()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let expected = json!({
        "type": "https://guitu.example/problems/not_found", "title": "not found", "status": 404,
        "code": "not_found", "detail": "there is no such record", "reference": "r-1",
    });
    assert_eq!(body, expected);
}

#[actix_web::test]
async fn fields_are_named_by_pointer() {
    let path = "/person/phones/0".into();
    let field = FieldError { path, code: "phone", hint: "not a telephone number", offset: None };
    let (status, body) = document(Error::Fields(vec![field]).into()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected =
        json!([{"pointer": "/person/phones/0", "code": "phone", "hint": "not a telephone number"}]);
    assert_eq!(body["errors"], expected);
}

#[actix_web::test]
async fn a_gap_says_where_the_receiver_stands() {
    let refusal = BatchRefusal { code: BatchCode::Gap, expected: Some(ChainEnd::EMPTY) };
    let (status, body) = document(Error::Batch(refusal).into()).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("gap")));
    assert_eq!(body["expected"]["seq"], 0);
}

#[actix_web::test]
async fn what_failed_inside_stays_inside() {
    let (status, body) = document(Error::Corrupt("lead of a person").into()).await;
    assert_eq!((status, &body["code"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("internal")));
    assert!(!body.to_string().contains("person"));
}

#[test]
fn busy_comes_with_retry_after() {
    let response = Problem::from(Error::Busy).respond(None);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers().get("retry-after").unwrap(), "2");
}

#[test]
fn each_refusal_has_its_status() {
    for (error, status) in [
        (Error::Forbidden, 403),
        (Error::BadCredentials, 401),
        (Error::Conflict, 409),
        (Error::KeyReused, 422),
        (Error::Genotype, 422),
        (Error::PeerNotActive, 403),
        (Error::Unreadable("x"), 400),
        (Error::Status(StatusError::ApproverIsDrafter), 403),
        (Error::Status(StatusError::NotFromHere), 409),
        (Error::Access(Refusal::Classified), 403),
        (Error::Access(Refusal::NotInForce(NotInForce::Expired)), 409),
        (Error::Batch(BatchCode::TooLarge.into()), 413),
        (Error::Batch(BatchCode::SignatureInvalid.into()), 401),
        (Error::Batch(BatchCode::Equivocation.into()), 409),
    ] {
        assert_eq!(Problem::from(error).status().as_u16(), status);
    }
    assert_eq!(Problem::stale(Error::Conflict).status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(Problem::stale(Error::Exists).status(), StatusCode::CONFLICT);
}
