//! The words of the language and the characters of given names, with their costs in quarter nats.
//!
//! Sources and licences: `../data/README.md`.

use std::sync::LazyLock;

use super::super::lexicon::Lexicon;

/// The cost of a character that is no word of its own.
pub(super) const UNKNOWN: i32 = 64;
/// The cost of a character that given names rarely have.
pub(super) const RARE: i32 = 52;

/// Words of one to four characters.
pub(super) static WORDS: LazyLock<Lexicon<i32>> = LazyLock::new(|| read(&[EXTRA, include_str!("../data/words.txt")]));
/// Characters of given names.
pub(super) static GIVEN: LazyLock<Lexicon<i32>> = LazyLock::new(|| read(&[include_str!("../data/given.txt")]));

/// Words of reports that the dictionary lacks.
const EXTRA: &str = "36\t嫌疑人 被害人 受害人 报案人 被拐 打拐 反拐 拐卖 解救 民警 侦办 立案 供述 微信 手机号 面包车 被告人 公诉 公安机关 该案 该犯 该名 该局 \
    另案 经查 查明 现查明 现住 户籍地 身份证 走失 看管 安置 移交 认亲 比对 采血 入库 人贩子 涉嫌 通报 联系人 知情人 征集 线索 串并 上线 下线 买家 卖家 收买 \
    亲生 亲子 生父 生母 养父 养母 继父 继母 婴儿 女婴 男婴 女童 男童 幼童 孩子 儿童 妇女 嫌犯 主犯 从犯 同伙 同案 在逃 落网 抓获 归案 取保 候审 刑拘 批捕 移送 起诉\n\
    40\t马上 黄金周 白天 向来 常年 常住 于是 和平 时任 时年 时许 安置点 安全 经审 经鉴定 曾因 曾于 曾用名 现羁押 于同日 于当日 于次日 同日 当日 次日 包车 \
    路口 关押 石料 成年 成立 全部 应当 温州 明知 单独 方式 方法 严重 程度 连夜 后经 后于 后因 后被 并被 并将 并于 又将 再次 多次 先后 随后 之后 期间 此前 查获 \
    别名 乳名 小名 绰号 外号 化名 自称 谎称 冒充 以为 以便 和解 何时 何地 何人 任何 如何 常驻 时间段 左右 许久 查询 查找 查看 查证 解除 解释 管制 管辖 管理\n";

fn read(files: &[&'static str]) -> Lexicon<i32> {
    let lines = files.iter().flat_map(|file| file.lines());
    Lexicon::from_words(lines.filter_map(|line| line.split_once('\t')).flat_map(|(cost, words)| {
        let cost = cost.trim().parse().unwrap_or(UNKNOWN);
        words.split_whitespace().map(move |word| (word, cost))
    }))
}
