//! Narratives made from templates, with what must be masked and what must stay.

use std::collections::BTreeMap;

use guitu::domain::region::{LATEST_LIST, Level, table};

use super::values::{self, Dice};

/// A stretch of a text, in code points.
#[derive(Clone, Debug)]
pub(crate) struct Gold {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: &'static str,
    /// Characters that tell: signs and blanks inside do not, nor a year.
    pub(crate) core: Vec<usize>,
}

/// A text with its stretches.
#[derive(Default)]
pub(crate) struct Narrative {
    pub(crate) text: Vec<char>,
    pub(crate) secret: Vec<Gold>,
    pub(crate) keep: Vec<Gold>,
    /// Stretches that may be masked or stay: 王某.
    pub(crate) free: Vec<(usize, usize)>,
}

const KEPT: [&str; 10] =
    ["REGION", "EVDATE", "AMOUNT", "CASENO", "LAW", "AGENCY", "TRAIN", "HOTLINE", "QTY", "AGE"];

impl Narrative {
    /// Fills the holes of `template`: `{PER}`, `{1}` (a person again), `{A}` (the same in the whole template), `{TEL}`, ….
    pub(crate) fn fill(&mut self, template: &str, dice: &mut Dice, people: &mut Vec<String>) {
        let mut rest = template;
        let mut own: BTreeMap<&str, String> = BTreeMap::new();
        while let Some((plain, more)) = rest.split_once('{') {
            self.text.extend(plain.chars());
            let (hole, after) = more.split_once('}').unwrap();
            if hole.len() == 1 && hole.starts_with(|c: char| c.is_ascii_uppercase()) {
                let name = own.entry(hole).or_insert_with(|| person(dice, people));
                self.add("PER", name);
            } else {
                for (kind, value) in value(hole, dice, people) {
                    self.add(kind, &value);
                }
            }
            rest = after;
        }
        self.text.extend(rest.chars());
    }

    fn add(&mut self, kind: &'static str, value: &str) {
        let start = self.text.len();
        self.text.extend(value.chars());
        let end = self.text.len();
        let mut core: Vec<usize> = (start..end).filter(|&at| self.text[at].is_alphanumeric()).collect();
        if kind == "DOB" {
            let year = value.chars().position(|c| "年-./".contains(c)).unwrap_or(0);
            core.retain(|&at| at > start + year && !"年月日".contains(self.text[at]));
        }
        let gold = Gold { start, end, kind, core };
        if KEPT.contains(&kind) { self.keep.push(gold) } else { self.secret.push(gold) }
    }

    /// Inserts `noise` before the character at `at`, inside of whatever stands there.
    fn insert(&mut self, at: usize, noise: &str) {
        let count = noise.chars().count();
        self.text.splice(at..at, noise.chars());
        for gold in self.secret.iter_mut().chain(&mut self.keep) {
            gold.start += if gold.start >= at { count } else { 0 };
            gold.end += if gold.end > at { count } else { 0 };
            for core in gold.core.iter_mut().filter(|core| **core >= at) {
                *core += count;
            }
        }
    }

    /// Wraps the lines at `width`, with a page's foot now and then.
    pub(crate) fn wrap(&mut self, width: usize, dice: &mut Dice) {
        let mut at = width;
        while at < self.text.len() {
            let noise = match dice.below(8) {
                0 => "\n第 3 页 共 5 页\n",
                1 => "\n- 12 -\n",
                2 => "\r\n",
                _ => "\n",
            };
            self.insert(at, noise);
            at += width + noise.chars().count();
        }
    }
}

fn regions(dice: &mut Dice) -> String {
    let provinces: Vec<_> = table()
        .children(None, LATEST_LIST)
        .filter(|region| !["台湾省", "香港特别行政区", "澳门特别行政区"].contains(&region.name))
        .collect();
    let province = dice.pick(&provinces);
    let below: Vec<_> = table().children(Some(province.code), LATEST_LIST).collect();
    let prefecture = dice.pick(&below);
    let counties: Vec<_> = table()
        .children(Some(prefecture.code), LATEST_LIST)
        .filter(|region| region.level == Level::County && region.name.chars().count() > 2)
        .collect();
    if counties.is_empty() {
        return province.name.to_owned();
    }
    let full = table().full_name(dice.pick(&counties).code, LATEST_LIST);
    if dice.chance(40) { full.strip_prefix(province.name).unwrap_or(&full).to_owned() } else { full }
}

fn address(dice: &mut Dice) -> String {
    let town = format!(
        "{}{}",
        dice.word("清水 石门 双河 马家集 白沙 龙泉 新桥 大柳树 三岔河 长岭 杨树沟 平安"),
        dice.word("镇 乡 街道 镇 乡")
    );
    let village = format!(
        "{}{}",
        dice.word("上坪 陈家湾 东风 柳林 赵家庄 南沟 前进 后营 小河 下寨"),
        dice.word("村 村 社区 屯 寨")
    );
    let road = format!(
        "{}{}",
        dice.word("文化 幸福 青年 长江 滨河 东环 光明 新华 朝阳 和谐"),
        dice.word("路 街 大道 东路 西街 巷")
    );
    let estate = dice.word("锦绣家园 翠湖花园 东方明珠小区 荣盛公寓 书香苑 金色华庭 幸福里小区");
    let number = 1 + dice.below(300);
    match dice.below(8) {
        0 => format!("{town}{village}"),
        1 => format!(
            "{town}{village}{}组",
            values::numeral(char::from(b'1' + u8::try_from(dice.below(9)).unwrap()), '〇', '一')
        ),
        2 => format!("{town}{village}{number}号"),
        3 => format!(
            "{road}{number}号{estate}{}栋{}单元{}0{}室",
            1 + dice.below(20),
            1 + dice.below(4),
            1 + dice.below(20),
            1 + dice.below(4)
        ),
        4 => format!("{road}{number}号"),
        5 => format!("{estate}{}号楼{}01", 1 + dice.below(20), 1 + dice.below(20)),
        6 => format!("{town}{road}{number}号附{}号", 1 + dice.below(9)),
        _ => format!("{town}{village}{}组{number}号", 1 + dice.below(12)),
    }
}

fn workplace(dice: &mut Dice) -> String {
    let name = dice.word("鸿运 金鼎 百味 顺达 天鹅 丽源 福满楼 星辉 三和 永盛");
    format!(
        "{name}{}",
        dice.word("服装厂 电子有限公司 足疗店 宾馆 大酒店 超市 砖厂 美容院 餐馆 物流有限公司 网吧")
    )
}

fn school(dice: &mut Dice) -> String {
    let name = dice.word("向阳 育英 春蕾 金苹果 石桥 明德 新星");
    format!("{name}{}", dice.word("小学 幼儿园 中学 中心小学 双语幼儿园 职业学校"))
}

fn birth(dice: &mut Dice) -> String {
    let (year, month, day) = (1950 + dice.below(70), 1 + dice.below(12), 1 + dice.below(28));
    match dice.below(6) {
        0 => format!("{year}.{month:02}.{day:02}"),
        1 => format!("{year}-{month}-{day}"),
        2 => format!("{year}/{month:02}/{day:02}"),
        3 => format!("{year:04}年{month}月")
            .chars()
            .map(|c| values::numeral(c, '〇', '一'))
            .collect::<String>()
            .replace("一〇月", "十月")
            .replace("一一月", "十一月")
            .replace("一二月", "十二月"),
        _ => format!("{year}年{month}月{day}日"),
    }
}

fn caseno(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!(
            "（20{}）{}{}刑初{}号",
            10 + dice.below(14),
            dice.word("豫 川 粤 桂"),
            dice.digits(4),
            1 + dice.below(900)
        ),
        1 => format!(
            "{}公（刑）立字〔20{}〕{}号",
            dice.word("昆 南 平 云"),
            10 + dice.below(14),
            dice.digits(5)
        ),
        _ => format!("{}检刑诉〔20{}〕{}号", dice.word("渝 苏 平"), 10 + dice.below(14), dice.digits(3)),
    }
}

fn amount(dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => format!("{}万元", 1 + dice.below(30)),
        1 => format!("人民币{}00元", dice.digits(3).replace('0', "7")),
        2 => format!("{}.{}万余元", 1 + dice.below(30), 1 + dice.below(9)),
        3 => "三万八千元".to_owned(),
        _ => format!("￥{},{}.00", 1 + dice.below(90), dice.digits(3)),
    }
}

/// A new person.
fn person(dice: &mut Dice, people: &mut Vec<String>) -> String {
    let name = if dice.chance(6) { values::latin(dice) } else { values::name(dice) };
    people.push(name.clone());
    name
}

/// What fills a hole: kinds and values, for an address with its region before it.
fn value(hole: &str, dice: &mut Dice, people: &mut Vec<String>) -> Vec<(&'static str, String)> {
    let one = |kind, value| vec![(kind, value)];
    match hole {
        "PER" => one("PER", person(dice, people)),
        "ID" => { let number = values::identity(dice); one("ID", values::written(dice, &number)) }
        "TEL" => one("PHONE", values::phone(dice)),
        "WX" => one("WECHAT", values::account(dice)),
        "QQ" => one("QQ", { let count = 6 + dice.below(5); dice.digits(count) }.replace('0', "3")),
        "MAIL" => one("EMAIL", values::mail(dice)),
        "BANK" => one("BANK", values::bank(dice)),
        "PLATE" => one("PLATE", values::plate(dice)),
        "DOC" => one("DOC", values::document(dice)),
        "DOB" => one("DOB", birth(dice)),
        "NET" => one("NETNAME", dice.word("海阔天空 小橘子 往事如风 北方的狼 甜甜").to_owned()),
        "NICK" => one("PER", dice.word(dice.names.nicks).to_owned()),
        "MILK" => one("PER", dice.word(dice.names.milk).to_owned()),
        "ADDR" => vec![("REGION", regions(dice)), ("ADDR", address(dice))],
        "LOCAL" => one("ADDR", address(dice)),
        "REG" => one("REGION", regions(dice)),
        "ORG" => one("ORG", workplace(dice)),
        "SCH" => one("ORG", school(dice)),
        "AGY" => { let region = regions(dice); one("AGENCY", format!("{region}{}", dice.word("公安局 人民检察院 人民法院 救助管理站 民政局 妇女联合会 公安局刑侦大队"))) }
        "DATE" => one("EVDATE", format!("20{}年{}月{}日", 10 + dice.below(14), 1 + dice.below(12), 1 + dice.below(28))),
        "DAY" => one("EVDATE", format!("{}月{}日{}时许", 1 + dice.below(12), 1 + dice.below(28), dice.below(24))),
        "AMT" => one("AMOUNT", amount(dice)),
        "CASE" => one("CASENO", caseno(dice)),
        "LAW" => one("LAW", dice.word("《中华人民共和国刑法》第二百四十条第一款第（一）项 《刑法》第二十五条第一款 《中华人民共和国刑事诉讼法》第二百条").to_owned()),
        "TRAIN" => one("TRAIN", format!("{}{}次列车", dice.word("G K T D Z"), 100 + dice.below(8000))),
        "HOT" => one("HOTLINE", dice.word("110 12338 12345 12355 12309").to_owned()),
        "AGE" => one("AGE", format!("{}岁", 3 + dice.below(60))),
        "QTY" => one("QTY", dice.word("身高1.62米 体重48公斤 3公里 12天 2名 约30分钟").to_owned()),
        again => {
            let at: usize = again.parse().unwrap();
            one("PER", people.get(at.min(people.len().saturating_sub(1))).cloned().unwrap_or_else(|| "陈明".to_owned()))
        }
    }
}
