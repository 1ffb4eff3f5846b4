//! Common words that people bear as names: 高兴, 江山, 安全.
//!
//! A place alone seldom tells, so all places of a word are asked together: one where only a person can stand, or
//! two where a person likely does, make it a name in the whole document. Invariant: linear in the text; what
//! belongs to a longer word or a fixed phrase is never taken. The same goes for other words that some place shows
//! to be a name beyond doubt: 程序 behind 被告人 and before 供述.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::digit;
use super::super::lexicon::Lexicon;
use super::super::text::Text;
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::{BORNES, GIVEN, WORDS, is_never};

/// What a place must weigh to make a seldom word a name, and a word that reports often use.
const SELDOM: i32 = 6;
const OFTEN: i32 = 26;
/// What the places of an often used word weigh together, where no single one tells.
const TOGETHER: i32 = 36;
/// What stands beside a seldom word, and one that everybody uses, where it is a name beyond doubt.
const PROVED: i32 = 46;
const PROVED_OFTEN: i32 = 70;
/// What the places of any word in the form of a name weigh together, and one with another.
const ANY: i32 = 60;
const ANY_EACH: i32 = 24;
/// What a word costs that everybody uses.
const EVERYDAY: i32 = 44;
/// What a word of action behind a word says for a person.
const ACTS: i32 = 10;

/// Words among those borne that reports use as words.
static USED: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "安全 成功 平安 和平 和谐 关爱 安心 安定 幸福 公平 公正 文明 明白 黄金 夏天 秋天 方向 方程 海洋 文艺 关心 \
         成就 宁静 安静 解放 国庆 温暖 丰收 文化 平静 温泉 牛奶 卫生 花园 单纯 严明 庄严 常青 富强 云南",
    )])
});

/// What the second character of a name costs at most.
const GIVEN_COST: i32 = 44;

/// What stands before a word that is no name there.
const APART: [&str; 52] = [
    "很", "太", "更", "最", "不", "挺", "真", "非常", "十分", "特别", "人身", "生命", "财产", "公共", "网络",
    "信息", "社会", "校园", "交通", "食品", "国家", "消防", "生产", "心理", "确保", "保证", "保障", "维护",
    "影响", "注意", "灯光", "态度", "性格", "脾气", "四季", "块", "颗", "出行", "人流", "客流", "一路",
    "破案", "抢救", "解救", "未", "没", "没有", "为了", "绝对", "相对", "比较", "有点",
];
/// What stands behind a word that is no name there.
const GOES_ON: [&str; 52] = [
    "地", "得", "度", "性", "感", "化", "生产", "隐患", "事故", "教育", "管理", "检查", "措施", "防范",
    "保障", "保护", "稳定", "意识", "问题", "返回", "到达", "抵达", "送", "周", "期", "首饰", "项链", "戒指",
    "手镯", "耳环", "价格", "走", "跑", "跳", "砸", "块", "子", "里面", "外", "十里", "百里", "数里", "工作",
    "建设", "社会", "协议", "侦破", "破获", "解救", "抓获", "省", "市",
];

/// A place of a word, and how much speaks for a person there.
struct Place {
    at: usize,
    weight: i32,
}

/// Finds the words that are names in this document.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut taken = guard.clone();
    taken.take(found);
    let mut names = Marks::new(text.len());
    let mut sure: HashMap<&[char], i32> = HashMap::new();
    for name in found.iter().filter(|name| name.kind == Kind::Person) {
        names.set(name.start, name.end);
        sure.insert(text.slice(name.start, name.end), OFTEN);
    }
    let others = Lexicon::from_words(proved(text, found).iter().map(|word| (word.as_str(), ())));
    let mut heard: HashMap<&[char], (bool, Vec<Place>)> = HashMap::new();
    for at in 0..text.len() {
        let known = BORNES.at(text, at).or_else(|| others.at(text, at)).map(|(length, ())| (length, true));
        let Some((length, known)) = known.or_else(|| is_shaped(text, at).then_some((2, false))) else {
            continue;
        };
        if !taken.any(at, at + length) && !is_phrase(text, at, at + length) {
            let weight = weight(text, at, at + length, &names);
            let heard = heard.entry(text.slice(at, at + length)).or_insert((known, Vec::new()));
            heard.1.push(Place { at, weight });
        }
    }
    for (word, (known, places)) in heard {
        let most = places.iter().map(|place| place.weight).chain(sure.get(word).copied()).max().unwrap_or(0);
        let all: i32 = places.iter().map(|place| place.weight).sum();
        let used = USED.find(word).is_some();
        let named = if known {
            most >= if used { OFTEN } else { SELDOM } || places.len() >= 2 && all >= TOGETHER
        } else {
            places.len() >= 2
                && all >= ANY
                && all >= ANY_EACH * i32::try_from(places.len()).unwrap_or(i32::MAX)
        };
        if named {
            found.extend(places.iter().map(|&Place { at, .. }| Found {
                start: at,
                end: at + word.len(),
                kind: Kind::Person,
                score: 0.85,
                rule: "word-as-name",
            }));
        }
    }
}

/// Whether a word of two characters in the form of a name stands at `at`.
fn is_shaped(text: &Text, at: usize) -> bool {
    let word = text.slice(at, at + 2);
    let given = word.get(1..).and_then(|given| GIVEN.find(given)).is_some_and(|cost| cost < GIVEN_COST);
    given
        && word.get(..1).is_some_and(|head| SURNAMES.find(head).is_some())
        && WORDS.find(word).is_some()
        && !is_never(word)
        && !context::is_role(word)
}

/// The found names that are words, and that what stands beside their places proves.
fn proved(text: &Text, found: &[Found]) -> Vec<String> {
    let mut sums: HashMap<&[char], i32> = HashMap::new();
    for name in found.iter().filter(|name| name.kind == Kind::Person && name.end - name.start >= 2) {
        let left = if context::is_joint(text, name.start) { 0 } else { context::before(text, name.start) };
        *sums.entry(text.slice(name.start, name.end)).or_default() += left + context::after(text, name.end);
    }
    let least =
        |word: &[char]| WORDS.find(word).map(|cost| if cost < EVERYDAY { PROVED_OFTEN } else { PROVED });
    let proved = sums.into_iter().filter(|&(word, sum)| least(word).is_some_and(|least| sum >= least));
    proved.map(|(word, _)| word.iter().collect()).collect()
}

/// Whether `start..end` belongs to a longer word or stands in a phrase where it means what it says.
fn is_phrase(text: &Text, start: usize, end: usize) -> bool {
    let longer = |from: usize| {
        WORDS.all_at(text, from).any(|(length, _)| from + length >= end && length > end - start)
    };
    longer(start)
        || (1..=2).any(|back| start.checked_sub(back).is_some_and(longer))
        || text.ends_any(start, &APART)
        || text.longest(end, &GOES_ON).is_some()
        || digit(text.at(end)).is_some() && text.slice(end, end + 5).iter().any(|c| "里米尺".contains(*c))
}

/// What stands beside the word for a person; a joint counts for what it joins.
fn weight(text: &Text, start: usize, end: usize, names: &Marks) -> i32 {
    let joined = |at: Option<usize>| {
        if at.is_some_and(|at| names.has(at)) { context::STRONG } else { 0 }
    };
    let left = if context::is_joint(text, start) {
        joined(start.checked_sub(2)).max(8)
    } else {
        context::before(text, start)
    };
    let right = if context::is_joint(text, end + 1) { joined(Some(end + 1)) } else { 0 };
    let acts = if context::is_act(text, end) { ACTS } else { 0 };
    left + context::after(text, end).max(acts).max(right)
}
