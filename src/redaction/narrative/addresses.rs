//! Addresses below the county: townships, villages, roads, estates, house numbers.
//!
//! An address is a sequence of elements (a name and what it names, or a number and its unit) behind
//! a region, a word of residence, or by its own weight. Invariant: regions stay outside of it.

mod called;
mod generic;

use std::sync::LazyLock;

use self::called::called;
use self::generic::GENERICS;
use super::found::{Found, Kind, Marks};
use super::glyphs::{digit, is_han};
use super::lexicon::Lexicon;
use super::regions::Chain;
use super::text::{Gap, Text};

/// What an element names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// A township.
    Town,
    /// A village or community.
    Village,
    /// A road.
    Road,
    /// An estate or building.
    Estate,
    /// A number with its unit.
    Number,
}

static SUFFIXES: LazyLock<Lexicon<Class>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            Class::Town,
            "开发区 工贸区 垦殖场 作物场 种猪场 良种场 经济区 投资区 管理区 工业园区 产业园 产业园区 示范区 景区 监狱 兵团 农垦 华侨农场 矿区 镇 乡 街道 街道办 街道办事处 公社 苏木 农场 林场 牧场 渔场 茶场 民族乡 办事处 镇政府 乡政府 园艺场 原种场 种畜场 马场 羊场 \
             工业园 工业区 监区",
        ),
        (
            Class::Village,
            "村 屯 寨 社区 居委会 村委会 村民委员会 居民委员会 嘎查 自然村 自然屯 行政村 新村 大队 村民小组 生产队 村组 小组 坪村 \
             庄 寨子 家沟 家湾 家坝 家庄 家屯 家坪 家岭 家寨 家营 家铺 家店 家堡 家集 家台 家桥 家塘 家冲 家垭 家坡 家梁 家圪 家窑",
        ),
        (
            Class::Road,
            "路 街 大道 大街 巷 胡同 巷子 东路 西路 南路 北路 中路 东街 西街 南街 北街 中街 环路 公路旁 支路 横街 横路 老街 步行街 \
             里弄 街坊",
        ),
        (
            Class::Estate,
            "小区 花园 家园 苑 公寓 大厦 花苑 新城 嘉园 华庭 雅苑 宿舍 家属院 家属楼 公馆 名都 山庄 别墅 名苑 华府 御府 豪庭 \
             佳苑 雅居 名邸 城中村 安置房 安置区 廉租房 商住楼 写字楼 教师楼 大院 新苑 丽景 名城 华城 花城 住宅区 住宅楼 商城 \
             批发市场 菜市场 农贸市场 综合市场 出租屋 出租房 广场 国际城 居 园区 庭院 学府 水岸 半岛",
        ),
    ])
});

/// Units behind a number.
static UNITS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "分场 团 连 号院 号楼 号门 号铺 号房 号 栋 幢 单元 室 楼 组 社 队 层 弄 座 户 区 期 门 房 巷 村民小组 小组 里 街 排",
    )])
});

/// Characters that no name of a place begins with or contains, as it is written in reports.
const NEVER: &str = "叫姓住的了被把某该每这您我你他她它们,。;:“”!?\n、()[]《》";
/// Characters that a longer name does not contain.
const SELDOM: &str = "将在到与及后时从于由向给即并又已因称系是有无去过对为让使说找带拐卖骗买至往进出掉";
/// 走进 and 搬出 are no names of places; 前进 and 进贤 are.
const ADVANCES: [&str; 9] = ["前进", "先进", "跃进", "奋进", "新进", "共进", "进步", "进贤", "出口"];

/// Finds the addresses: behind the regions of `chains`, behind words of residence, by themselves.
pub(super) fn find(text: &Text, regions: &Marks, chains: &[Chain], found: &mut Vec<Found>) {
    let mut behind = vec![false; text.len() + 1];
    for &Chain { end, .. } in chains {
        if let Some(slot) = behind.get_mut(end) {
            *slot = true;
        }
    }
    let mut at = 0;
    while at < text.len() {
        let placed = behind.get(at).copied().unwrap_or(false);
        let announced = !placed && is_announced(text, at);
        let led = announced || !placed && LEADS.before(text, at).is_some();
        let opens = placed
            || HOMES.at(text, at).is_none()
                && OPENERS.find(&[text.at(at)]).is_none()
                && !(announced && text.at(at) == '地');
        let open = led
            || !placed && (at == 0 || !is_han(text.at(at - 1)) && !text.at(at - 1).is_ascii_alphanumeric());
        let least = if placed || announced {
            1
        } else if led {
            2
        } else {
            3
        };
        if (placed || open)
            && opens
            && !regions.has(at)
            && let Some((end, weight)) = address(text, at, regions)
            && weight >= least
        {
            let score = if weight >= 3 || placed { 0.95 } else { 0.75 };
            found.push(Found { start: at, end, kind: Kind::Address, score, rule: rule(placed, announced) });
            at = end;
        } else if let Some(end) = called(text, at).filter(|&end| !regions.any(at, end)) {
            found.push(Found { start: at, end, kind: Kind::Address, score: 0.9, rule: "place-by-its-name" });
            at = end;
        } else if let Some(end) = unled(text, at, regions) {
            found.push(Found { start: at, end, kind: Kind::Address, score: 0.85, rule: "address-unled" });
            at = end;
        } else if let Some((start, end)) = anchored(text, at, regions) {
            found.push(Found { start, end, kind: Kind::Address, score: 0.85, rule: "address-by-number" });
            at = end;
        } else {
            at += 1;
        }
    }
}

/// Whether a word of residence stands before `at`, or before a kind of place there: 住在城中村|握手楼3楼.
fn is_announced(text: &Text, at: usize) -> bool {
    let kind = GENERICS.before(text, at).map_or(0, |found| found.0);
    HOMES.before(text, at).is_some() || kind >= 2 && HOMES.before(text, at - kind).is_some()
}

const fn rule(placed: bool, announced: bool) -> &'static str {
    if placed {
        "address-behind-region"
    } else if announced {
        "address-of-residence"
    } else {
        "address-by-weight"
    }
}

static HOMES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "住 现住 家住 住在 居住在 居住于 暂住 暂住于 租住 租住在 住址 住址: 地址: 户籍地 户籍地: 所在地: 住址为 地址为 地址是 现住址: 现住址 住所地 住所: 原籍 户籍 籍贯 籍贯: 户籍所在地 家庭住址 租住于 居住地: 住所 家在 老家 户籍地址 户籍地为 户籍所在地: 籍贯为 现住地 现住地: 门牌 门牌号 门牌号:",
    )])
});
/// Words that stand before an address and open none.
static OPENERS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), "在 到 至 从 往")]));
static LEADS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "在 到 至 租下 租到 买下 查到 离开 路过 经过 抵达 开进 开到 驶入 驶进 驶离 赶赴 直奔 进出 出入 进入 停在 停靠 逃进 躲进 住进 搬进 搬到 搬至 转移到 接至 带至 从 于 往 由 位于 途经 经 窜至 来到 回 去 藏匿于 送往 前往 系 是 与 卖给 转卖给 卖到 卖至 嫁到 嫁至 嫁给 送到 送至 带到 拐到 拐至 骗到 骗至 逃到 逃至 赶到 赶至 交给 寄往 寄到 发往 认识 来自 坐落于 寄养在 下放到 下放在 插队到",
    )])
});

/// The elements from `at`: the end, and their weight.
fn address(text: &Text, at: usize, regions: &Marks) -> Option<(usize, usize)> {
    let (mut end, mut weight, mut count) = (at, 0, 0);
    while count < 16 {
        let Some((next, class)) = element(text, end, count == 0, regions) else { break };
        weight += match class {
            Class::Number if count == 0 => 1,
            Class::Number | Class::Town => 2,
            Class::Village | Class::Road | Class::Estate => 1,
        };
        (end, count) = (next, count + 1);
    }
    if count == 0 {
        return None;
    }
    Some((tail(text, end), weight))
}

/// The element at `at`: its end and class.
fn element(text: &Text, at: usize, first: bool, regions: &Marks) -> Option<(usize, Class)> {
    if let Some(end) = numbered(text, at) {
        return Some((end, Class::Number));
    }
    if let Some((length, class)) =
        SUFFIXES.at(text, at).filter(|found| !first || found.0 >= 3 && found.1 == Class::Town)
    {
        return Some((at + length, class));
    }
    for lead in 1..=10 {
        if lead >= 3 && !first && estate(text, at + lead) {
            return plausible(text, at, lead, at + lead).then_some((at + lead, Class::Estate));
        }
        if lead <= 5 && !first && group(text, at + lead) && plausible(text, at, lead, at + lead + 1) {
            return Some((at + lead + 1, Class::Village));
        }
        let c = text.at(at + lead - 1);
        let fits = is_han(c) || c.is_ascii_alphanumeric() || "·".contains(c);
        if !fits || NEVER.contains(c) || regions.has(at + lead - 1) && lead > 1 {
            return None;
        }
        if let Some((length, class)) = SUFFIXES.at(text, at + lead) {
            let end = at + lead + length;
            if plausible(text, at, lead, end) {
                let corner = class == Class::Road && text.at(end) == '口';
                return Some((end + usize::from(corner), class));
            }
            if lead + length > 3 {
                return None;
            }
        }
    }
    None
}

/// Whether a villagers' group or a hamlet is named up to `at`: 龙井村|青杠林|组, 平安村|李家|湾.
fn group(text: &Text, at: usize) -> bool {
    let next = text.at(at + 1);
    match text.at(at) {
        '组' => !"织长成建队合员".contains(next),
        '社' => !"区会工保".contains(next),
        '队' => !"员长伍".contains(next),
        '坡' | '湾' | '坝' | '坪' | '冲' | '沟' | '箐' | '岭' => {
            !is_han(next) || digit(next).is_some()
        }
        _ => false,
    }
}

/// The end of a township with something below it at `at`, whatever stands before: 退掉|白沙乡柳林社区.
fn unled(text: &Text, at: usize, regions: &Marks) -> Option<usize> {
    let town = |lead: usize| {
        let (length, class) = SUFFIXES.at(text, at + lead)?;
        let named = seldom(text, at, lead) == 0
            && text.slice(at, at + lead).iter().all(|&c| is_han(c) && !NEVER.contains(c));
        (class == Class::Town && named && plausible(text, at, lead, at + lead + length)).then_some(())
    };
    if regions.has(at) || OPENERS.find(&[text.at(at)]).is_some() {
        return None;
    }
    town(2).or_else(|| town(3))?;
    address(text, at, regions).filter(|&(_, weight)| weight >= 3).map(|(end, _)| end)
}

/// The length of the named element at `at`, 0 if there is none.
pub(super) fn names(text: &Text, at: usize) -> usize {
    match element(text, at, true, &Marks::new(0)) {
        Some((end, class)) if class != Class::Number => end - at,
        _ => 0,
    }
}

/// Where the numbers from `at` end: 88号3楼.
pub(super) fn numbers(text: &Text, at: usize) -> usize {
    let mut end = at;
    while let Some(next) = numbered(text, end) {
        end = next;
    }
    end
}

/// Where the elements from `at` end, which stand behind a part of an address.
pub(super) fn rest(text: &Text, at: usize) -> usize {
    tail(text, numbers(text, at))
}

/// Whether the number of a building stands at `at`, so that a name before it is an estate's.
fn estate(text: &Text, at: usize) -> bool {
    digit(text.at(at)).is_some()
        && numbered(text, at).is_some_and(|end| {
            text.longest(end.saturating_sub(1), &["栋", "幢", "座", "铺"]).is_some()
                || text.ends_any(end, &["号楼", "单元", "期"])
        })
}

/// Whether the name of `lead` characters at `at`, with its suffix up to `end`, can be a place's.
fn plausible(text: &Text, at: usize, lead: usize, end: usize) -> bool {
    let name = text.slice(at, at + lead);
    let seldom = seldom(text, at, lead);
    let generic = GENERICS.find(text.slice(at, end)).is_some()
        || GENERICS.before(text, end).is_some_and(|found| found.0 > end - at);
    let named = if lead == 1 {
        seldom == 0
    } else {
        seldom == 0 || lead <= 3 && seldom == 1 && !name.starts_with(&['在'])
    };
    let tail_generic = GENERICS.before(text, end).is_some_and(|found| found.0 >= 3 && lead > 4);
    !generic && named && !tail_generic && !text.ends_any(end, &["乡村", "老乡", "系同乡", "城乡居"])
}

/// How many of the `lead` characters at `at` places' names seldom have.
fn seldom(text: &Text, at: usize, lead: usize) -> usize {
    let advances = |at: usize| (0..2).any(|back| text.longest(at.saturating_sub(back), &ADVANCES).is_some());
    let goes =
        |at: &usize| SELDOM.contains(text.at(*at)) && !("进出".contains(text.at(*at)) && advances(*at));
    (at..at + lead).filter(goes).count()
}

/// A number with its unit at `at`: 5组, 十二号, A座, 附3号, 三单元, 1-2-302; the end.
fn numbered(text: &Text, at: usize) -> Option<usize> {
    let mut start = at;
    start += text
        .longest(start, &["附", "第", "之", "-", "后", "东", "西", "南", "北", "甲", "乙"])
        .filter(|_| is_numeral(text.at(start + 1)))
        .unwrap_or(0);
    let mut end = start;
    while end < start + 10
        && (is_numeral(text.at(end))
            || end > start && "-/#".contains(text.at(end)) && is_numeral(text.at(end + 1)))
    {
        end += 1;
    }
    if end == start || text.slice(start, end).iter().all(char::is_ascii_alphabetic) && end - start > 1 {
        return None;
    }
    if text.at(end) == '#' {
        return Some(end + 1);
    }
    let (unit, ()) = UNITS.at(text, end)?;
    let unit = if text.has(end + unit - 1, "门口") && unit > 1 { unit - 1 } else { unit };
    let stop = end + unit;
    // 一户 is how many, 一组 is which, and so is 一连 behind its 团.
    if end == start + 1
        && "一两几".contains(text.at(start))
        && "户门连团里排".contains(text.at(end))
        && unit == 1
        && (at == 0 || !"师团场营连村镇乡组队".contains(text.at(at - 1)))
    {
        return None;
    }
    let other = text
        .longest(
            end,
            &[
                "号线", "号文", "号令", "楼梯", "区别", "社会", "队员", "期间", "门口", "层次", "里面",
                "座谈", "户籍", "街道", "组织", "号码", "室友", "房屋", "户口", "里程", "房间", "排查",
            ],
        )
        .is_some();
    (!other).then_some(stop)
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || "十百廿".contains(c) || c.is_ascii_alphabetic()
}

/// What may end an address without a unit: 142号-3-402, 5栋2203, 之一.
fn tail(text: &Text, at: usize) -> usize {
    let mut end = at;
    let lead = usize::from("-之#,".contains(text.at(end)));
    let start = end + lead;
    let mut next = start;
    while next < start + 12
        && (digit(text.at(next)).is_some()
            || next > start && "-".contains(text.at(next)) && digit(text.at(next + 1)).is_some())
    {
        next += 1;
    }
    let count = next - start;
    // Behind a blank the next column's year stands: 曹坊镇 2009.8.
    let comma = text.at(end) == ',' || count == 4 && text.gap(start) == Gap::Blank;
    // No clock strikes 1201: that is a flat.
    let plain =
        !"年月日元人名岁时点个万".contains(text.at(next)) || count >= 3 && "时点".contains(text.at(next));
    if count >= 1 && plain && !comma && (count >= 3 || lead == 1) {
        end = next;
        end += UNITS.at(text, end).map_or(0, |unit| unit.0);
    }
    end
}

/// A house's or flat's number at `at` with a road, village or estate before it that no word led to:
/// start and end.
fn anchored(text: &Text, at: usize, regions: &Marks) -> Option<(usize, usize)> {
    let digits = digit(text.at(at)).is_some() && (at == 0 || digit(text.at(at - 1)).is_none());
    if !digits || regions.has(at) {
        return None;
    }
    let end = numbered(text, at)?;
    let mut start = at;
    for back in 1..=10 {
        let Some(from) = at.checked_sub(back) else { break };
        let c = text.at(from);
        if !is_han(c) || NEVER.contains(c) || regions.has(from) {
            break;
        }
        if let Some((stop, weight)) = address(text, from, regions)
            && stop >= end
            && weight >= 3
        {
            start = from;
            if "在到至从于往住".contains(text.at(from.wrapping_sub(1))) {
                break;
            }
        }
    }
    let (stop, _) = address(text, start, regions)?;
    let strong = start < at
        || text.longest(end.saturating_sub(2), &["单元", "号楼"]).is_some()
        || "栋幢室".contains(text.at(end - 1));
    (strong && stop > start).then_some((start, stop.max(end)))
}
