//! ID numbers and their check digits.

use super::*;

// The specimen number printed in GB 11643-1999; it belongs to nobody.
const SPECIMEN: &str = "11010519491231002X";

#[test]
fn an_identity_number_carries_its_check_and_its_birth() {
    assert!(is_id_number(SPECIMEN));
    assert_eq!(birth_in_id(SPECIMEN).unwrap().to_string(), "1949-12-31");
    for bad in ["110105194912310021", "11010519491331002X", "11010519491231002x", "1101051949", "身份证号码"]
    {
        assert!(!is_id_number(bad), "{bad}");
    }
    assert_eq!(birth_in_id("身份证号码一二三四五六七"), None);
}

#[test]
fn one_wrong_digit_is_always_found() {
    for at in (0..17).filter(|at| !(6..14).contains(at)) {
        let mut bytes = SPECIMEN.as_bytes().to_vec();
        bytes[at] = b'0' + (bytes[at] - b'0' + 1) % 10;
        assert!(!is_id_number(std::str::from_utf8(&bytes).unwrap()));
    }
}

#[test]
fn phones_are_plausible() {
    for good in ["13800000000", "+86 138 0000 0000", "0883-2120000", "+959000000000"] {
        assert!(is_phone(good), "{good}");
    }
    for bad in ["", "110", "1380000000012345", "138--0000000", "电话13800000000", "-13800000000", "+"] {
        assert!(!is_phone(bad), "{bad}");
    }
}

#[test]
fn plates_of_all_kinds() {
    for good in ["云A12345", "云S1234学", "渝AD12345", "渝BDF1234", "粤B12345D", "使123456", "京A123D5"]
    {
        assert!(is_plate(good), "{good}");
    }
    for bad in
        ["", "A12345", "云A1234", "云A123456", "云a12345", "云A1234I", "云AI12345", "海A12345", "使12345"]
    {
        assert!(!is_plate(bad), "{bad}");
    }
}
