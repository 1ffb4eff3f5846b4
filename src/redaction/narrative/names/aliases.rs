//! Nicknames and aliases: 绰号“大头”, 化名阿强, 老王, 红姐.

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::{digit, is_han, is_word};
use super::super::text::Text;
use super::context;
use super::surnames::SURNAMES;
use super::vocabulary::{GIVEN, WORDS, is_never};

const CUES: [&str; 40] = [
    "喊她",
    "喊他",
    "喊其",
    "喊作",
    "备注",
    "备注为",
    "备注名",
    "绰号",
    "外号",
    "别名",
    "化名",
    "又名",
    "自称",
    "人称",
    "诨号",
    "花名",
    "小名",
    "乳名",
    "曾用名",
    "名叫",
    "代号",
    "别称",
    "称呼为",
    "浑名",
    "浑号",
    "昵称",
    "后者自称",
    "俗称",
    "道上人称",
    "原名",
    "真名",
    "改名",
    "更名",
    "名为",
    "网名",
    "称其为",
    "被称为",
    "叫做",
    "曾化名",
    "小名叫",
];
/// Nicknames that are words.
const NICKNAMES: [&str; 32] = [
    "胖子", "光头", "刀疤", "眼镜", "黑皮", "矮子", "大头", "老三", "四妹", "胡子", "麻子", "瘦子", "瘸子",
    "老大", "老二", "老四", "老五", "老六", "老七", "老幺", "二狗", "黑子", "猴子", "耗子", "疤子", "拐子",
    "哑巴", "秃子", "大哥", "三哥", "二姐", "小四",
];
const LINKS: [&str; 9] = ["为", "叫", "是", ":", "系", "名", "分别为", "叫做", "作"];

/// Finds aliases behind cues, quoted or not, and forms like 老王.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    for at in 0..text.len() {
        if let Some(length) = text.longest(at, &CUES).filter(|_| !says(text, at)) {
            announced(text, at + length, guard, found);
        }
        familiar(text, at, guard, found);
        doubled(text, at, guard, found);
        quoted(text, at, guard, found);
    }
}

/// Whether somebody says something at `at`: 本|人称, 证|人称.
fn says(text: &Text, at: usize) -> bool {
    text.has(at, "人称")
        && at
            .checked_sub(1)
            .is_some_and(|last| "本证告害疑有诉请案知理护权务托介来助男女".contains(text.at(last)))
}

fn push(found: &mut Vec<Found>, start: usize, end: usize, score: f32, rule: &'static str) {
    found.push(Found { start, end, kind: Kind::Person, score, rule });
}

/// The alias that a cue announces at `at`, and the ones listed behind it.
fn announced(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) {
    let mut start = at;
    for _ in 0..2 {
        start += text.longest(start, &LINKS).unwrap_or(0);
    }
    loop {
        let open = "“\"(".contains(text.at(start)) && text.at(start) != '\n';
        let first = start + usize::from(open);
        let mut end = first;
        let clause = (first..first + 5).take_while(|&at| inside(text, at)).count();
        while end < first + 12
            && inside(text, end)
            && !(!open && end > first && clause > 4 && stops(text, first, end))
        {
            end += 1;
        }
        let closed = "”\")".contains(text.at(end));
        let most = if open && closed { 12 } else { 5 };
        if end == first
            || end - first > most
            || guard.any(first, end)
            || digit(text.at(first)).is_some() && !open
        {
            return;
        }
        push(found, first, end, 0.95, "alias-after-cue");
        let next = end + usize::from(open && closed);
        let joined = text.longest(next, &["、", "或", "和", ",“", "/", "及"]);
        match joined {
            Some(length) if open => start = next + length,
            _ => return,
        }
        if !"“\"".contains(text.at(start)) {
            return;
        }
    }
}

fn inside(text: &Text, at: usize) -> bool {
    let c = text.at(at);
    is_han(c) || is_word(c) || c == '·' || c == '.' || c.is_alphabetic()
}

/// Whether an unquoted alias ends before `at`: a word of the sentence goes on there.
fn stops(text: &Text, first: usize, at: usize) -> bool {
    "的,在于系与和、将被把男女是从到向".contains(text.at(at))
        || at - first >= 2 && WORDS.at(text, at).is_some_and(|word| word.0 >= 2)
}

/// 老王, 小李, 阿强, 王哥, 红姐 outside of words.
fn familiar(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) {
    let (first, second) = (text.at(at), text.at(at + 1));
    if !is_han(first) || !is_han(second) || guard.any(at, at + 2) || is_never(&[first, second]) {
        return;
    }
    let surname = |c: char| SURNAMES.find(&[c]).is_some_and(|cost| cost <= 32);
    let word = |from: usize| WORDS.all_at(text, from).any(|word| word.0 >= 2 && word.1 < 46);
    let across = |from: usize| WORDS.at(text, from).is_some_and(|word| word.0 >= 2 && word.1 < 52);
    let bounded = at == 0 || !across(at - 1);
    if "老小阿大".contains(first) && bounded && !word(at) && !across(at + 1) {
        let named =
            first == '阿' && !"坝里拉".contains(second) || first != '阿' && first != '大' && surname(second);
        if named {
            push(found, at, at + 2, 0.85, "familiar-name");
        }
    }
    let subject = || context::before(text, at) >= 6 && context::after(text, at + 2) >= 16;
    if NICKNAMES.contains(&[first, second].iter().collect::<String>().as_str()) && subject() {
        push(found, at, at + 2, 0.8, "nickname");
    }
    let given = GIVEN.find(&[first]).is_some_and(|cost| cost <= 30);
    if given
        && (second == '子' || second == first)
        && subject()
        && WORDS.find(&[first, second]).is_none_or(|cost| cost >= 46)
    {
        push(found, at, at + 2, 0.75, "pet-name");
    }
    if second == first && context::is_parent(text, at + 2) && bounded && !context::is_kin(first) {
        push(found, at, at + 2, 0.8, "pet-name");
    }
    let titled = "哥姐嫂叔婶姨爷婆总妹伯仔".contains(second) && !word(at) && bounded;
    if titled
        && (surname(first) || "红丽梅兰芳燕霞花英强军飞龙虎刚东文明华胖光刀豹狗猫".contains(first))
        && !across(at + 1)
    {
        push(found, at, at + 2, 0.8, "titled-name");
    }
    let title = text.longest(
        at + 1,
        &[
            "老板", "师傅", "老师", "医生", "警官", "经理", "先生", "女士", "某某", "大姐", "大哥", "阿姨",
            "主任", "队长", "所长", "嫂子", "婶子", "大妈", "大爷",
        ],
    );
    if title.is_some() && surname(first) && bounded && !word(at) {
        push(found, at, at + 1, 0.8, "surname-with-title");
    }
}

/// A character twice behind what a child is called by: 女儿|豆豆. 孩子|慢慢 goes on.
fn doubled(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) {
    let first = text.at(at);
    let pair = is_han(first) && text.at(at + 1) == first && !guard.any(at, at + 2);
    if pair
        && context::before(text, at) >= context::STRONG
        && !context::is_kin(first)
        && WORDS.find(&[first, first]).is_none_or(|cost| cost >= 46)
        && GIVEN.find(&[first]).is_some()
    {
        push(found, at, at + 2, 0.8, "pet-name");
    }
}

/// A short name in quotes: “老三”, “大头”.
fn quoted(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) {
    if text.at(at) != '“' {
        return;
    }
    let count = text.slice(at + 1, at + 9).iter().take_while(|&&c| is_han(c)).count();
    let end = at + 1 + count;
    if !(2..=7).contains(&count) || text.at(end) != '”' || guard.any(at + 1, end) {
        return;
    }
    let inside = text.slice(at + 1, end);
    let last = inside.last().copied().unwrap_or('\n');
    let first = inside.first().copied().unwrap_or('\n');
    let account = text
        .ends_any(at, &["网友", "网民", "用户", "主播", "博主", "群友", "群主", "好友", "微信名", "账号"]);
    if account
        || text.ends_any(at, &["叫", "自称", "名为", "昵称", "叫做", "名叫"])
            && text
                .longest(
                    end + 1,
                    &["的人", "的男", "的女", "的网友", "的用户", "的好友", "的账号", "的群", "的主播"],
                )
                .is_some()
    {
        push(found, at + 1, end, 0.9, "quoted-alias");
    }
    let shaped = "老小阿大".contains(first) && count == 2
        || "哥姐嫂叔婶姨爷婆总妹子头仔佬伯娘".contains(last) && count <= 3
        || count == 2 && last == first;
    let called = text.ends_any(
        at,
        &[
            "叫", "称", "为", "人", "名", "的", "是", "由", "交给", "与", "和", "给", "(", "、", "向", "找",
            "被",
        ],
    );
    // From somebody, or through somebody: 从“黑子”处, 由“毒牙”带来.
    let person = count <= 4
        && text.ends_any(at, &["从", "向", "找", "由", "给", "被", "经", "跟", "与", "和", "叫"])
        && text
            .longest(
                end + 1,
                &[
                    "处", "手中", "手上", "手里", "那里", "那儿", "介绍", "约", "带", "买", "抱", "等人",
                    "联系", "接", "卖",
                ],
            )
            .is_some();
    let known = NICKNAMES.contains(&inside.iter().collect::<String>().as_str());
    if shaped && called && count <= 4 || person || known {
        push(found, at + 1, end, 0.85, "quoted-alias");
    }
}
