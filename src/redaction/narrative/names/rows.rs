//! Names in lists and tables: 2 玛素苏 女 20, |报失人|元旦|, 成功(男, 12岁).
//!
//! A cell is short and stands between edges; that somebody's sex stands behind it says that it is a name, whatever
//! word it is. Invariant: linear; what names a kind of person, or a column, is none.

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::{digit, is_han};
use super::super::text::{Gap, Text};
use super::context;

/// Cells that are no names.
const OTHERS: [&str; 44] = [
    "性别",
    "姓名",
    "民族",
    "年龄",
    "不详",
    "未知",
    "无名氏",
    "儿童",
    "婴儿",
    "幼儿",
    "男童",
    "女童",
    "男婴",
    "女婴",
    "孩子",
    "小孩",
    "本人",
    "人员",
    "成人",
    "老人",
    "青年",
    "少年",
    "少女",
    "未成年",
    "未成年人",
    "成年",
    "学生",
    "合计",
    "共计",
    "其中",
    "备注",
    "汉族",
    "彝族",
    "傣族",
    "壮族",
    "苗族",
    "回族",
    "其他",
    "未婚",
    "已婚",
    "失踪",
    "走失",
    "身份不明",
    "均为",
];
/// The most characters of a name here.
const MOST: usize = 4;

/// Finds them outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    for at in 0..text.len() {
        if !is_han(text.at(at)) || !opens(text, at) {
            continue;
        }
        let inside = |end: &usize| is_han(text.at(*end)) && (*end == at || text.gap(*end) == Gap::None);
        let length = (at..=at + MOST).take_while(inside).count();
        let end = at + length;
        let name = text.slice(at, end);
        let other =
            context::is_role(name) || OTHERS.iter().any(|other| other.chars().eq(name.iter().copied()));
        if (2..=MOST).contains(&length) && !other && !guard.any(at, end) && is_sexed(text, end) {
            found.push(Found { start: at, end, kind: Kind::Person, score: 0.85, rule: "name-in-row" });
        }
    }
}

/// Whether a cell begins at `at`.
fn opens(text: &Text, at: usize) -> bool {
    at == 0 || text.gap(at) != Gap::None || "\n|".contains(text.at(at - 1))
}

/// Whether somebody's sex stands in the cell at `at`, or in brackets, and the cell ends with it.
fn is_sexed(text: &Text, at: usize) -> bool {
    let bracket = usize::from("(|".contains(text.at(at)));
    let sex = at + bracket;
    let apart = bracket == 1 || text.gap(sex) != Gap::None;
    let next = sex + 1;
    let ends =
        text.gap(next) != Gap::None || "|,、)。;\n".contains(text.at(next)) || digit(text.at(next)).is_some();
    apart && "男女".contains(text.at(sex)) && ends
}
