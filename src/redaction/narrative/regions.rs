//! Provinces, prefectures and counties in the text: they stay.
//!
//! Invariant: a chain of regions never reaches below the county.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::region::{Level, table};

use super::glyphs::is_han;
use super::lexicon::Lexicon;
use super::text::{Gap, Text};

/// How a name stands for a region.
#[derive(Clone, Copy)]
struct Form {
    /// With its suffix: 右玉县.
    full: bool,
    /// A county or below nothing: no region follows it.
    county: bool,
    /// The provinces that have a region of that name, a bit for each; none of one abroad.
    provinces: u128,
}

/// Regions one after the other.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    /// The first character.
    pub(super) start: usize,
    /// Behind the last character.
    pub(super) end: usize,
    /// Whether its form says that it is one, or what stands beside it: a suffix, two regions, 在 before 深圳.
    pub(super) firm: bool,
}

static NAMES: LazyLock<Lexicon<Form>> = LazyLock::new(|| {
    let mut names: BTreeMap<String, Form> = BTreeMap::new();
    // Where a short name is a prefecture's and a county's, it is the prefecture's.
    let mut add = |name: String, new: Form| {
        let form = names.entry(name).or_insert(new);
        let provinces = form.provinces | new.provinces;
        let better = (!new.full, new.county) < (!form.full, form.county);
        *form = Form { provinces, ..if better { new } else { *form } };
    };
    for region in table().all() {
        let county = region.level == Level::County;
        let provinces = 1 << (region.code.number() / 10_000 % 128);
        for (short, full) in short_forms(region.name) {
            add(short, Form { full, county, provinces });
        }
        let full = region.name.chars().count() > 2
            || region.name.ends_with('县') && region.name.chars().count() == 2;
        add(region.name.to_owned(), Form { full, county, provinces });
    }
    for (full, names) in [(false, ABROAD), (true, STATES)] {
        for name in names.split_whitespace() {
            add(name.to_owned(), Form { full, county: false, provinces: 0 });
        }
    }
    names.retain(|name, _| !["市辖区", "县", "市", "市区"].contains(&name.as_str()));
    Lexicon::from_words(names.iter().map(|(name, form)| (name.as_str(), *form)))
});

/// Words behind which a region stands: 在|深圳, 老家|越西.
static TOWARDS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "在 到 去 往 从 至 赴 抵 来自 嫁到 嫁去 嫁往 嫁至 远嫁 卖到 卖去 卖往 卖至 逃到 逃往 逃至 老家 老家在 家在 家住 户籍 户籍在 籍贯 原籍 \
         祖籍 返回 回到 来到 飞往 飞抵 抵达 位于 发往 寄往 前往 开往 去往 送往 送到 送至 带到 带至 带往 骗到 骗至 骗往 拐到 拐至 转到 转至 来 \
         流落 途经 路过 租住 暂住 定居 现居 出生于 出生在 判断是 流窜 务工于 辗转",
    )])
});
/// What stands before 到 where it leads to no place: 找|到.
const REACHED: &str = "找见看遇碰听接收得系提捡等约抱抓查认想说感买受做";
/// What stands behind a person, where a place stands before something else: 在|安宁|家.
const PERSONAL: &str = "家手身名处那妈爸姐哥弟妹说讲称给";
/// What stands behind a county's name that nothing but such a word leads to.
const ONWARDS: [&str; 52] = [
    ",", "。", "、", ";", "\n", ")", "→", "人", "上班", "打工", "务工", "做工", "干活", "卖", "开店", "赌",
    "租", "等", "待了", "生活", "工作", "读书", "上学", "被", "有", "下车", "上车", "转车", "火车", "汽车",
    "那边", "这边", "一带", "城", "口音", "境内", "方向", "的", "找", "坐", "县", "带", "转", "出境", "入境",
    "偷渡", "前往", "吃", "玩", "看", "办", "坐车",
];
/// What stands behind a region that nothing leads to, where a clause begins with it: 靖远|人.
const PEOPLE: [&str; 5] = ["人", "籍", "口音", "→", "人氏"];

const ABROAD: &str = "中国 越南 缅甸 老挝 柬埔寨 泰国 朝鲜 韩国 日本 蒙古国 俄罗斯 美国 英国 法国 德国 加拿大 澳大利亚 马来西亚 \
    新加坡 菲律宾 印度尼西亚 印度 尼泊尔 巴基斯坦 哈萨克斯坦 河内 胡志明市 金边 仰光 曼谷 万象 云贵川 珠三角 长三角 华北 \
    华东 华南 西南 西北 东北 两广 湘西 黔东南 黔西南 闽南 苏北 皖北 鲁西南 豫东 川渝 京津冀";
const STATES: &str = "恩施州 凉山州 甘孜州 阿坝州 红河州 文山州 大理州 楚雄州 德宏州 怒江州 迪庆州 延边州 湘西州 黔南州 黔东南州 \
    黔西南州 甘南州 临夏州 西双版纳州 海西州 玉树州 果洛州 黄南州 海南州 海北州 伊犁州 昌吉州 巴州 克州 博州 内蒙";

const NATIONS: &str = "壮族 回族 维吾尔 维吾尔族 藏族 彝族 苗族 侗族 瑶族 土家族 布依族 傣族 白族 哈尼族 傈僳族 景颇族 羌族 朝鲜族 蒙古 \
    蒙古族 哈萨克 哈萨克族 柯尔克孜 柯尔克孜族 满族 畲族 黎族 佤族 拉祜族 纳西族 仡佬族 水族 东乡族 土族 撒拉族 锡伯 塔吉克 独龙族 怒族 \
    普米族 布朗族 毛南族 仫佬族 裕固族 保安族 鄂温克族 达斡尔族 各族 鄂伦春";

/// The forms in which people write the name of a region, its own first.
pub(super) fn forms(name: &str) -> Vec<String> {
    let short = short_forms(name).into_iter().map(|(form, _)| form);
    std::iter::once(name.to_owned()).chain(short).collect()
}

/// The forms without suffix or nation, and whether each still has a suffix: 沧源佤族自治县 as 沧源县, 沧源.
fn short_forms(name: &str) -> Vec<(String, bool)> {
    for (suffix, short) in
        [("自治区", ""), ("自治州", "州"), ("自治县", "县"), ("自治旗", "旗"), ("特别行政区", "")]
    {
        let Some(mut stem) = name.strip_suffix(suffix) else { continue };
        while let Some(nation) =
            NATIONS.split_whitespace().find(|nation| stem.ends_with(nation) && stem.len() > nation.len())
        {
            stem = stem.strip_suffix(nation).unwrap_or(stem);
        }
        if stem.chars().count() < 2 {
            return Vec::new();
        }
        let mut forms = vec![(stem.to_owned(), false)];
        if !short.is_empty() {
            forms.push((format!("{stem}{short}"), true));
        }
        return forms;
    }
    let suffixes = ["地区", "林区", "新区", "省", "市", "县", "区", "盟", "旗"];
    let stem =
        suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).filter(|stem| stem.chars().count() >= 2);
    stem.map(|stem| (stem.to_owned(), false)).into_iter().collect()
}

/// Zones that have the rank of a county without being in the lists.
const ZONES: [&str; 16] = [
    "高新技术产业开发区",
    "高新技术产业园区",
    "经济技术开发区",
    "高新区",
    "经济开发区",
    "开发区",
    "经开区",
    "工业园区",
    "管理区",
    "新区",
    "示范区",
    "风景区",
    "名胜区",
    "度假区",
    "聚集区",
    "化工园区",
];

/// The chain of regions that starts at `at`.
fn chain(text: &Text, at: usize) -> Option<Chain> {
    let led = is_led(text, at);
    let edge = at == 0 || !is_han(text.at(at - 1)) || text.gap(at) != Gap::None;
    let told = |end: usize| {
        let people = edge
            && text
                .longest(end, &PEOPLE)
                .is_some_and(|length| !is_han(text.at(end + length)) || text.at(end) == '→');
        people || (led || edge) && has_town(text, end) || led && text.longest(end, &ONWARDS).is_some()
    };
    // Names of three characters are seldom a person's.
    let stands = |length: usize, form: Form| {
        let end = at + length;
        form.full || !is_place(text, end) && (!form.county || led && length > 2 || told(end))
    };
    let (length, mut last) = NAMES.all_at(text, at).filter(|&(length, form)| stands(length, form)).last()?;
    let (mut end, mut count) = (at + length, 1);
    let mut firm = last.full || led && !PERSONAL.contains(text.at(end)) || told(end);
    while !last.county {
        if !last.full {
            end += text.longest(end, &["省", "市"]).unwrap_or(0);
        }
        let fits = |&(length, form): &(usize, Form)| plausible(text, end + length, form, last.provinces);
        let next = NAMES.all_at(text, end).filter(fits).last();
        if let Some((length, form)) = next.filter(|_| zone(text, end).is_none()) {
            let narrowed = last.provinces & form.provinces;
            let provinces = if narrowed == 0 { form.provinces } else { narrowed };
            (end, last, count) = (end + length, Form { provinces, ..form }, count + 1);
            firm = true;
        } else {
            end += zone(text, end).unwrap_or(0);
            break;
        }
    }
    Some(Chain { start: at, end, firm: firm || count > 1 })
}

/// Whether a township of two characters or more is named at `at`: 孟连|勐马镇.
fn has_town(text: &Text, at: usize) -> bool {
    // 巴彦塔拉镇 and 乌兰再格森乡 are townships by their whole names.
    if text.ends_any(at, &["巴彦", "乌兰", "巴林"]) {
        return false;
    }
    let named = (2..=4).find(|&lead| "镇乡".contains(text.at(at + lead)) || text.has(at + lead, "街道"));
    named.is_some_and(|lead| {
        text.slice(at, at + lead).iter().all(|&c| is_han(c) && !"的在到人和与去往从".contains(c))
    })
}

/// Whether a word that leads to a place stands before `at`.
fn is_led(text: &Text, at: usize) -> bool {
    if text.ends(at, "→")
        || text.ends(at, "经") && text.slice(at, at + 5).iter().any(|c| "带转入出往至抵".contains(*c))
    {
        return true;
    }
    TOWARDS.before(text, at).is_some_and(|(length, ())| {
        length > 1 || text.at(at - 1) != '到' || at < 2 || !REACHED.contains(text.at(at - 2))
    })
}

/// Whether a region's name that ends at `end`, behind another one in `provinces`, is one.
fn plausible(text: &Text, end: usize, form: Form, provinces: u128) -> bool {
    let held = || form.provinces & provinces != 0 && !is_named_after(text, end);
    form.full
        || !is_place(text, end) && (!form.county || "人籍,。、)的境内一".contains(text.at(end)) || held())
}

/// Whether what stands at `at` may bear the name of the county before it: 朝阳|门, 鼓楼|医院.
fn is_named_after(text: &Text, at: usize) -> bool {
    "门山桥岭湖河江寺庙塔港湾滩坝馆厂店".contains(text.at(at))
        || text
            .longest(at, &["医院", "学校", "中学", "小学", "大学", "书店", "公司", "宾馆", "幼儿园"])
            .is_some()
}

/// Whether what stands at `at` makes the name before it that of a place: 中山|北路, 金华|镇, 惠民|苑.
fn is_place(text: &Text, at: usize) -> bool {
    const SIGNS: [&str; 19] = [
        "镇", "乡", "村", "路", "街", "大道", "苑", "小区", "花园", "街道", "巷", "社区", "屯", "广场",
        "大厦", "公寓", "新村", "饭店", "酒店",
    ];
    let skip = usize::from("东西南北中一二三".contains(text.at(at)));
    text.longest(at, &SIGNS).is_some() || text.longest(at + skip, &["路", "街", "大道", "巷"]).is_some()
}

/// The length of the zone at `at`, with up to eight characters of its name.
fn zone(text: &Text, at: usize) -> Option<usize> {
    let mut lead = (0..=8).take_while(|&lead| {
        lead == 0 || is_han(text.at(at + lead - 1)) && !"镇乡村路街道县号在".contains(text.at(at + lead - 1))
    });
    lead.find_map(|lead| Some(lead + text.longest(at + lead, &ZONES)?))
}

/// The chains of regions in the text.
pub(super) fn chains(text: &Text) -> Vec<Chain> {
    let mut chains = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let next = chains.last().is_some_and(|last: &Chain| last.end == at);
        match chain(text, at) {
            // A county's name right behind a county is a place's: 义安区|义安经济开发区.
            Some(_) if next => at += 1,
            Some(chain) => {
                at = chain.end;
                chains.push(chain);
            }
            None => at += 1,
        }
    }
    chains
}
