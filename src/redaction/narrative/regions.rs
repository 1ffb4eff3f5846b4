//! Provinces, prefectures and counties in the text: they stay.
//!
//! Invariant: a chain of regions never reaches below the county.

use std::sync::LazyLock;

use crate::domain::region::{Level, table};

use super::found::Marks;
use super::glyphs::is_han;
use super::lexicon::Lexicon;
use super::text::Text;

/// How a name stands for a region.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// With its suffix: 右玉县.
    Full,
    /// A province or prefecture without: 湖南, 长沙.
    Short,
    /// A county without: only behind another region.
    County,
}

static NAMES: LazyLock<Lexicon<Form>> = LazyLock::new(|| {
    let mut names: Vec<(String, Form)> = Vec::new();
    for region in table().all() {
        let county = region.level == Level::County;
        for short in short_forms(region.name) {
            let with_suffix = "省市县区州旗盟".contains(short.chars().last().unwrap_or_default());
            let form = if with_suffix { Form::Full } else if county { Form::County } else { Form::Short };
            names.push((short, form));
        }
        if region.name.chars().count() > 2 {
            names.push((region.name.to_owned(), Form::Full));
        } else if county {
            names.push((region.name.to_owned(), Form::County));
        }
    }
    for abroad in ABROAD.split_whitespace() {
        names.push((abroad.to_owned(), Form::Short));
    }
    names.sort_by_key(|name| std::cmp::Reverse(name.1));
    Lexicon::from_words(names.iter().map(|(name, form)| (name.as_str(), *form)))
});

const ABROAD: &str = "中国 越南 缅甸 老挝 柬埔寨 泰国 朝鲜 韩国 日本 蒙古国 俄罗斯 美国 英国 法国 德国 加拿大 澳大利亚 马来西亚 \
    新加坡 菲律宾 印度尼西亚 印度 尼泊尔 巴基斯坦 哈萨克斯坦 河内 胡志明市 金边 仰光 曼谷 万象 云贵川 珠三角 长三角 华北 \
    华东 华南 西南 西北 东北 内蒙 两广 湘西 黔东南 黔西南 闽南 苏北 皖北 鲁西南 豫东 川渝 京津冀 恩施州 凉山州 甘孜州 阿坝州 \
    红河州 文山州 大理州 楚雄州 德宏州 怒江州 迪庆州 延边州 湘西州 黔南州 黔东南州 黔西南州 甘南州 临夏州 西双版纳州 海西州 玉树州 \
    果洛州 黄南州 海南州 海北州 伊犁州 昌吉州 巴州 克州 博州 恩施 凉山 甘孜 阿坝 红河 文山 大理 楚雄 德宏 怒江 迪庆 延边 临夏";

const NATIONS: &str = "壮族 回族 维吾尔 维吾尔族 藏族 彝族 苗族 侗族 瑶族 土家族 布依族 傣族 白族 哈尼族 傈僳族 景颇族 羌族 朝鲜族 蒙古 \
    蒙古族 哈萨克 哈萨克族 柯尔克孜 柯尔克孜族 满族 畲族 黎族 佤族 拉祜族 纳西族 仡佬族 水族 东乡族 土族 撒拉族 锡伯 塔吉克 独龙族 怒族 \
    普米族 布朗族 毛南族 仫佬族 裕固族 保安族 鄂温克族 达斡尔族 各族 鄂伦春";

/// The forms without suffix and nation: 沧源佤族自治县 as 沧源县 and 沧源.
fn short_forms(name: &str) -> Vec<String> {
    for (suffix, short) in [("自治区", ""), ("自治州", "州"), ("自治县", "县"), ("自治旗", "旗"), ("特别行政区", "")] {
        if let Some(stem) = name.strip_suffix(suffix) {
            let mut stem = stem;
            while let Some(nation) = NATIONS.split_whitespace().find(|nation| stem.ends_with(nation) && stem.len() > nation.len()) {
                stem = stem.strip_suffix(nation).unwrap_or(stem);
            }
            if stem.chars().count() < 2 {
                return Vec::new();
            }
            return if short.is_empty() { vec![stem.to_owned()] } else { vec![stem.to_owned(), format!("{stem}{short}")] };
        }
    }
    for suffix in ["地区", "林区", "新区", "省", "市", "县", "区", "盟", "旗"] {
        if let Some(stem) = name.strip_suffix(suffix).filter(|stem| stem.chars().count() >= 2) {
            return vec![stem.to_owned()];
        }
    }
    Vec::new()
}

/// Zones that have the rank of a county without being in the lists.
const ZONES: [&str; 12] = [
    "高新技术产业开发区", "经济技术开发区", "高新区", "经济开发区", "开发区", "经开区", "工业园区", "管理区", "新区", "示范区", "风景区",
    "度假区",
];

/// The end of the chain of regions at `at`; none, if none starts there.
pub(super) fn chain(text: &Text, at: usize) -> Option<usize> {
    let (length, form) = first(text, at)?;
    let mut end = at + length;
    let mut last = form;
    loop {
        end += text.longest(end, &["省", "市"]).filter(|_| last == Form::Short).unwrap_or(0);
        if let Some((length, form)) = NAMES.at(text, end).filter(|found| plausible(text, end, *found)) {
            (end, last) = (end + length, form);
        } else if let Some(length) = zone(text, end) {
            end += length;
        } else {
            return Some(end);
        }
    }
}

fn first(text: &Text, at: usize) -> Option<(usize, Form)> {
    NAMES.all_at(text, at).filter(|found| found.1 != Form::County).last()
}

/// Whether a region's name behind another one is one: a county's short name must not go on as a
/// township (新华|镇).
fn plausible(text: &Text, at: usize, (length, form): (usize, Form)) -> bool {
    form != Form::County && !(form == Form::Short && "镇乡村路街".contains(text.at(at + length)))
        || form == Form::County && (length > 2 || "县区市旗".contains(text.at(at + length - 1))) && !"镇乡村路街".contains(text.at(at + length))
        || form == Form::County && "人居籍,。、)的".contains(text.at(at + length))
}

fn zone(text: &Text, at: usize) -> Option<usize> {
    (0..=6).take_while(|&lead| lead == 0 || is_han(text.at(at + lead - 1))).find_map(|lead| {
        Some(lead + text.longest(at + lead, &ZONES)?)
    })
}

/// Marks the regions of the whole text in `marks`, and says where each chain ends.
pub(super) fn mark(text: &Text, marks: &mut Marks) -> Vec<(usize, usize)> {
    let mut chains = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match chain(text, at) {
            Some(end) => {
                marks.set(at, end);
                chains.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    chains
}
