//! The masks of a narrative over HTTP: who sees them, who corrects them, what is refused.

use super::*;

const TEXT: &str = "联系人王小明，公开热线13800138009。";

async fn shown<S, B>(app: &S, path: &str, who: &Value, body: Option<(&str, Value)>) -> (u16, String, Value)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let request = match body {
        None => TestRequest::get().uri(path),
        Some((tag, body)) => {
            let request = TestRequest::post().uri(path).set_json(body);
            if tag.is_empty() { request } else { request.insert_header(("If-Match", tag)) }
        }
    };
    ask(app, bearer(request, who)).await
}

#[actix_web::test]
async fn masks_are_seen_and_corrected_by_the_right_people() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, drafter) = ask(&app, log_in("drafter", PASSWORD)).await;
    let (_, _, approver) = ask(&app, log_in("approver", PASSWORD)).await;
    let (_, _, auditor) = ask(&app, log_in("auditor", PASSWORD)).await;
    let mut lead = desk.lead();
    lead["narrative"] = json!(TEXT);
    let create = TestRequest::post().uri("/office/v1/leads").set_json(lead);
    let (_, _, made) = ask(&app, bearer(create, &drafter)).await;
    let path = format!("/office/v1/leads/{}/narrative", made["id"].as_str().unwrap());
    let (status, tag, seen) = shown(&app, &path, &drafter, None).await;
    assert_eq!((status, tag.as_str(), &seen["text"]), (200, "\"1\"", &json!(TEXT)));
    assert_eq!(seen["masked"], "联系人〔人名1〕，公开热线〔电话1〕。");
    assert_eq!((&seen["masks"][1]["kind"], &seen["masks"][1]["start"]), (&json!("PHONE"), &json!(11)));
    assert_eq!(shown(&app, &path, &auditor, None).await.0, 403);
    assert_eq!(made["masking"]["masks"], 2);

    let (lifts, phone) = (format!("{path}/lifts"), json!({"start": 11, "end": 22}));
    let (status, _, refused) = shown(&app, &lifts, &drafter, Some(("\"1\"", phone.clone()))).await;
    assert_eq!((status, &refused["code"]), (422, &json!("lift_reason_missing")));
    let asked = json!({"start": 11, "end": 22, "reason": "public_contact"});
    assert_eq!(shown(&app, &lifts, &approver, Some(("\"1\"", asked.clone()))).await.0, 403);
    assert_eq!(shown(&app, &lifts, &drafter, Some(("\"7\"", asked.clone()))).await.0, 412);
    let (status, tag, waiting) = shown(&app, &lifts, &drafter, Some(("\"1\"", asked))).await;
    assert_eq!((status, tag.as_str()), (200, "\"2\""));
    assert!(waiting["corrections"][0]["waiting"] == true && waiting["masked"] == seen["masked"]);
    let agree = format!("{lifts}/approve");
    assert_eq!(shown(&app, &agree, &drafter, Some(("\"2\"", phone.clone()))).await.0, 403);
    let elsewhere = json!({"start": 3, "end": 6});
    assert_eq!(shown(&app, &agree, &approver, Some(("\"2\"", elsewhere))).await.0, 409);
    let (status, _, agreed) = shown(&app, &agree, &approver, Some(("\"2\"", phone))).await;
    assert_eq!((status, &agreed["masked"]), (200, &json!("联系人〔人名1〕，公开热线13800138009。")));
}

#[actix_web::test]
async fn wrong_corrections_are_refused_by_their_code() {
    let desk = Desk::open().await;
    let app = app!(desk);
    let (_, _, drafter) = ask(&app, log_in("drafter", PASSWORD)).await;
    let mut lead = desk.lead();
    lead["narrative"] = json!("据查石小满在场。");
    lead["person"]["names"] = json!(["石小满"]);
    let create = TestRequest::post().uri("/office/v1/leads").set_json(&lead);
    let (_, _, made) = ask(&app, bearer(create, &drafter)).await;
    let path = format!("/office/v1/leads/{}/narrative", made["id"].as_str().unwrap());
    let (masks, lifts) = (format!("{path}/masks"), format!("{path}/lifts"));
    let known = json!({"start": 2, "end": 5, "reason": "unrelated"});
    for (path, tag, body, status, code) in [
        (&masks, "", json!({"start": 0, "end": 1, "kind": "PER"}), 428, "if_match_missing"),
        (&masks, "\"1\"", json!({"start": 0, "end": 1, "kind": "NAME"}), 422, "fields_invalid"),
        (&masks, "\"1\"", json!({"start": -1, "end": 1, "kind": "PER"}), 422, "fields_invalid"),
        (&masks, "\"1\"", json!({"start": 7, "end": 9, "kind": "PER"}), 422, "mask_out_of_text"),
        (&masks, "\"1\"", json!({"start": 2, "end": 2, "kind": "PER"}), 422, "mask_out_of_text"),
        (&lifts, "\"1\"", json!({"start": 0, "end": 1}), 409, "no_such_mask"),
        (&lifts, "\"1\"", json!({"start": 2, "end": 5, "reason": "王小明"}), 422, "fields_invalid"),
        (&lifts, "\"1\"", known, 403, "known_value"),
    ] {
        let (got, _, refused) = shown(&app, path, &drafter, Some((tag, body))).await;
        assert_eq!((got, &refused["code"]), (status, &json!(code)));
        assert!(!refused.to_string().contains("小满") && !refused.to_string().contains("小明"));
    }
    let nobody = format!("/office/v1/leads/{}/narrative", uuid::Uuid::nil());
    assert_eq!(shown(&app, &nobody, &drafter, None).await.0, 404);
    for (pointer, value, offset) in [("case_alias", "春雨石小满案", 2), ("case_number", "公立小满0001", 2)]
    {
        let mut telling = lead.clone();
        telling[pointer] = json!(value);
        let create = TestRequest::post().uri("/office/v1/leads").set_json(telling);
        let (status, _, refused) = ask(&app, bearer(create, &drafter)).await;
        assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("identifies")), "{pointer}");
        assert_eq!(refused["errors"][0]["pointer"], json!(format!("/{pointer}")));
        assert_eq!(refused["errors"][0]["offset"], json!(offset), "{pointer}");
        assert!(!refused.to_string().contains("小满"));
    }
}
