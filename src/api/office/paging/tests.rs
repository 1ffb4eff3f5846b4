//! Cursors and limits of lists.

use super::*;

#[test]
fn filters_are_codes() {
    let query = |kind: Option<&str>, region: Option<&str>| LeadQuery {
        kind: kind.map(str::to_owned),
        region: region.map(str::to_owned),
        ..LeadQuery::default()
    };
    assert!(query(Some("kin_search"), Some("530900")).filter().is_ok());
    for bad in [query(Some("kin"), None), query(None, Some("5309")), query(Some(""), None)] {
        assert_eq!(bad.filter().map(drop).map_err(|problem| problem.code()), Err("query_invalid"));
    }
}

#[test]
fn pages_are_bounded() {
    let bounds = |after, limit| Paging { after, limit }.bounds().map_err(|problem| problem.code());
    assert_eq!(bounds(None, None), Ok((-1, 50)));
    assert_eq!(bounds(Some(7), Some(200)), Ok((7, 200)));
    for (after, limit) in [(Some(-2), None), (None, Some(0)), (None, Some(201)), (None, Some(i64::MIN))] {
        assert_eq!(bounds(after, limit), Err("query_invalid"));
    }
}
