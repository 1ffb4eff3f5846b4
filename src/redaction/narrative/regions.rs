//! Provinces, prefectures and counties in the text: they stay.
//!
//! Invariant: a chain of regions never reaches below the county.

use std::sync::LazyLock;

use crate::domain::region::{Level, table};

use super::glyphs::is_han;
use super::lexicon::Lexicon;
use super::text::Text;

/// How a name stands for a region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    /// With its suffix: 右玉县.
    full: bool,
    /// A county or below nothing: no region follows it.
    county: bool,
}

/// Regions one after the other.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    /// The first character.
    pub(super) start: usize,
    /// Behind the last character.
    pub(super) end: usize,
    /// Whether its form alone says that it is one: a suffix, or two regions.
    pub(super) firm: bool,
}

static NAMES: LazyLock<Lexicon<Form>> = LazyLock::new(|| {
    let mut names: Vec<(String, Form)> = Vec::new();
    for region in table().all() {
        let county = region.level == Level::County;
        for (short, full) in short_forms(region.name) {
            names.push((short, Form { full, county }));
        }
        let full = region.name.chars().count() > 2
            || region.name.ends_with('县') && region.name.chars().count() == 2;
        names.push((region.name.to_owned(), Form { full, county }));
    }
    names
        .extend(ABROAD.split_whitespace().map(|name| (name.to_owned(), Form { full: false, county: false })));
    names.extend(STATES.split_whitespace().map(|name| (name.to_owned(), Form { full: true, county: false })));
    names.retain(|(name, _)| !["市辖区", "县", "市", "市区"].contains(&name.as_str()));
    // Where a short name is a prefecture's and a county's, it is the prefecture's.
    names.sort_by_key(|(_, form)| (!form.full, form.county));
    Lexicon::from_words(names.iter().map(|(name, form)| (name.as_str(), *form)))
});

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
    let (length, mut last) = NAMES
        .all_at(text, at)
        .filter(|&(length, form)| form.full || !form.county && !is_place(text, at + length))
        .last()?;
    let (mut end, mut count) = (at + length, 1);
    let mut firm = last.full;
    while !last.county {
        if !last.full {
            end += text.longest(end, &["省", "市"]).unwrap_or(0);
        }
        let next =
            NAMES.all_at(text, end).filter(|&(length, form)| plausible(text, end + length, form)).last();
        if let Some((length, form)) = next.filter(|_| zone(text, end).is_none()) {
            (end, last, count) = (end + length, form, count + 1);
            firm = true;
        } else {
            end += zone(text, end).unwrap_or(0);
            break;
        }
    }
    Some(Chain { start: at, end, firm: firm || count > 1 })
}

/// Whether a region's name that ends at `end`, behind another one, is one.
fn plausible(text: &Text, end: usize, form: Form) -> bool {
    form.full || !is_place(text, end) && (!form.county || "人籍,。、)的境内一".contains(text.at(end)))
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
