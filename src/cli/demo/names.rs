//! Invented names and numbers.
//!
//! Every telephone number has the block `0000`, every identity number a sequence code `00x`, so that
//! nobody takes them for real ones; the check digits are right (GB 11643).

use super::draw::Draw;
use crate::domain::date::CivilDate;
use crate::domain::region::RegionCode;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "杨", "赵", "陈", "罗", "段", "蒋", "苏", "郭", "梁", "谢", "邓", "欧阳", "贺", "白",
    "武",
];
const MEN: &[&str] =
    &["建国", "志强", "家宝", "小军", "永福", "思远", "浩宇", "德明", "天佑", "石头", "俊", "磊"];
const WOMEN: &[&str] =
    &["秀兰", "小燕", "雨桐", "桂芳", "梦琪", "春梅", "欣怡", "丽华", "阿妹", "静", "婷", "月"];

/// GB/T 3304 codes of the peoples that the demo's families belong to.
const HAN: &str = "01";
const DAI: &str = "18";
const WA: &str = "21";
const LAHU: &str = "24";

/// A family: what its members share.
pub(super) struct Family {
    /// GB/T 3304.
    pub(super) ethnicity: &'static str,
    surname: &'static str,
}

/// A family of the region: the borderland has Dai, Wa and Lahu families too.
pub(super) fn family(home: RegionCode, draw: &Draw) -> Family {
    let borderland = home.number() / 10_000 == 53;
    let ethnicity = if borderland { draw.pick(&[HAN, HAN, DAI, WA, LAHU]) } else { draw.pick(&[HAN; 1]) };
    let surname = match ethnicity {
        DAI => draw.pick(&["刀", "罕", "俸"]),
        WA => draw.pick(&["肖", "田", "鲍", "陈"]),
        LAHU => draw.pick(&["李", "张", "石"]),
        _ => draw.pick(SURNAMES),
    };
    Family { ethnicity, surname }
}

impl Family {
    /// The name of a member.
    pub(super) fn member(&self, male: bool, draw: &Draw) -> String {
        let given = match (self.ethnicity, male) {
            (DAI, true) => draw.pick(&["岩温", "岩胆", "岩应"]),
            (DAI, false) => draw.pick(&["玉香", "玉罕", "依波"]),
            (WA, true) => draw.pick(&["艾嘎", "尼块", "三木"]),
            (WA, false) => draw.pick(&["叶茸", "安木", "依门"]),
            (LAHU, true) => draw.pick(&["扎朵", "扎迫", "扎莫"]),
            (LAHU, false) => draw.pick(&["娜朵", "娜啰", "娜倮"]),
            (_, true) => draw.pick(MEN),
            (_, false) => draw.pick(WOMEN),
        };
        format!("{}{given}", self.surname)
    }

    /// ISO 639-3 codes of the languages spoken at home.
    pub(super) fn languages(&self) -> Vec<String> {
        let own: &[&str] = match self.ethnicity {
            DAI => &["cmn", "tdd"],
            WA => &["cmn", "prk"],
            LAHU => &["cmn", "lhu"],
            _ => &["cmn"],
        };
        own.iter().map(ToString::to_string).collect()
    }
}

/// A nickname, as neighbours use it.
pub(super) fn nickname(male: bool, draw: &Draw) -> String {
    draw.pick(if male { &["小虎", "阿岩", "毛豆"] } else { &["小玉", "妞妞", "阿叶"] }).to_string()
}

/// A telephone number that is in no block in use.
pub(super) fn phone(draw: &Draw) -> String {
    format!("{}0000{:04}", draw.pick(&[133, 138, 150, 159, 177, 186, 199]), draw.below(10_000))
}

/// An identity number of the county, day and sex, with a right check digit and a sequence `00x`.
pub(super) fn id_number(county: RegionCode, birth: CivilDate, male: bool, draw: &Draw) -> String {
    let order = if male { draw.pick(&[1, 3, 5, 7, 9]) } else { draw.pick(&[2, 4, 6, 8]) };
    let body = format!("{county}{:04}{:02}{:02}{order:03}", birth.year(), birth.month(), birth.day());
    let check = check_digit(&body);
    format!("{body}{check}")
}

/// ISO 7064 MOD 11-2 over the first 17 digits (GB 11643).
fn check_digit(body: &str) -> char {
    let sum = body.bytes().fold(0_u32, |sum, digit| (sum + u32::from(digit.wrapping_sub(b'0'))) * 2 % 11);
    match (12 - sum % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_follow_the_standard() {
        // The worked examples of GB 11643-1999.
        assert_eq!(check_digit("11010519491231002"), 'X');
        assert_eq!(check_digit("44052418800101001"), '4');
    }
}
