//! Names of China's minorities and neighbours that follow other patterns: Tibetan, Yi, Mongol,
//! Uyghur without a dot, Vietnamese.

use std::sync::LazyLock;

use super::super::found::{Found, Kind, Marks};
use super::super::glyphs::is_han;
use super::super::lexicon::Lexicon;
use super::super::text::{Gap, Text};
use super::context;
use super::vocabulary::{GIVEN, WORDS};

const TIBETAN: &str = "央宗 群宗 德宗 卓宗 扎西 次仁 顿珠 卓玛 旺堆 群培 平措 央金 达瓦 尼玛 巴桑 普布 拉姆 曲珍 白玛 洛桑 丹增 格桑 多吉 索朗 仁青 嘎玛 德吉 边巴 米玛 强巴 阿旺 旦增 贡布 才让 才旦 \
    更登 完么 加措 措姆 卓嘎 仓决 玉珍 琼达 桑吉 桑杰 晋美 旺姆 旺杰 旺久 拉巴 罗布 罗桑 罗追 伦珠 曲扎 曲桑 曲措 次旦 次旺 次央 次曲 色珍 江白 江村 江措 益西 玉措 仁增 仁钦 班玛 \
    尕藏 尕玛 南杰 朗杰 朗嘎 南加 加央 加洋 东珠 东周 东主 扎巴 扎登 扎桑 云丹 坚赞 坚参 土登 土旦 赤列 赤来 塔杰 拥措 拥忠 拥青 泽仁 泽旺 泽郎 志玛 昂旺 俄色 贡嘎 贡确 贡秋 官却 \
    公保 公布 久美 巴珍 白珍 德庆 德西 德央 嘎松 噶玛 吉美 金巴 列珠 明久 尼珍 培措 琼珍 热旦 欧珠 思郎 斯朗 塔青 旺扎 旺修 旺庆 夏吾 先巴 项秀 羊吉 叶西 俄珠 珠杰 卓么 桑珠 \
    桑姆 桑布 桑培 顿旦 丹巴 丹珠 丹杰 白吉 拉措 拉珍 拉毛 拉加 拉吉 看卓 卡卓 华旦 华青 杰布 李加 多杰 才仁 才吉 才郎 索南 德勒 斗拉 切羊 旦巴 旦正 昂毛 娘吉 娘毛 \
    央吉 班觉 曲央 曲吉 曲尼 曲登 平措 朗珍 斯曲 卓吉 洛追 洛卓 洛色 次登 次平 格列 俊美 强久 强珍 巴宗 白宗 桑旦 桑曲 桑央 达娃 达珍 达吉 边珍 扎珍 措吉 拉宗 央拉 央措 玉珠 贡觉 阿佳 旦达 旦珍 丹珍 次多 根秋 根敦 更桑 嘎旦 索次 米久";
const YI_FAMILY: &str = "吉克 阿牛 马海 曲比 沙马 吉木 俄木 莫色 海来 阿约 吉子 阿苏 日火 罗洪 瓦扎 勒格 阿的 比曲 吉列 吉伍 吉色 吉尔 吉米 吉巴 阿尔 阿苦 阿库 阿余 阿西 阿侯 阿海 阿林 阿加 \
    尔恩 尔古 尔各 尔布 俄底 俄尔 恩扎 果基 海乃 黑来 加巴 金古 井古 苦几 拉马 勒则 勒勒 立立 罗俄 洛古 马查 马黑 马卡 麻卡 莫洛 莫尔 木来 木乃 木苏 乃保 乃古 尼苦 诺尔 皮特 且沙 且萨 \
    曲木 曲莫 日海 热柯 石一 石扎 苏呷 苏额 瓦渣 乌合 乌尼 吴奇 说日 贾巴 贾斯 加日 甲拉 节罗 勿雷 伍尼 依火 约哈 比布 补约 博什 布余 布兹 峨木 倮伍 迪惹 的日 的莫 地惹 沙玛 金曲 博什 阿说 曲别 曲么 莫什 吉布 吉作 吉觉 吉各 贾尔 阿硕 俄其 克惹 加拉 热衣 苏洛 水洛 土比 瓦其 瓦库 洛日 洛伍 洛吉 勒伍 尔其 木帕 马比 尼惹 地木 地日 的惹 的沙 阿木 阿什 阿比 阿达";
const YI_GIVEN: &str = "木呷 伍加 石布 拉日 阿呷 日黑 子各 尔哈 伍牛 史布 阿支 有色 尔坡 尔且 布哈 惹 木沙 木果 木牛 木机 木加 木且 木基 色布 伍呷 伍果 伍支 伍各 伍合 伍萨 伍沙 阿果 阿依 阿衣 阿洛 阿嘎 阿木 \
    阿牛 阿支 阿各 阿英 阿作 曲布 曲者 曲洛 拉哈 拉体 拉博 拉布 拉铁 拉惹 里哈 里布 尔布 尔体 尔则 尔拉 尔子 尔洛 尔作 尔聪 尔日 尔火 尔古 日布 日色 日者 日哈 日千 日古 子布 子史 子哈 子呷 有布 有呷 有果 有作 友布 古者 古哈 \
    古铁 古尔 石则 石呷 石哈 石古 史古 史呷 史则 史体 史一 比呷 布都 布且 布铁 布呷 布西 杰布 吉布 建布 克布 克哈 里子 里古 牛牛 牛布 牛呷 牛各 取呷 体呷 铁布 铁哈 铁日 土布 瓦铁 乌呷 乌且 乌牛 乌洛 小阿 日扎 子扎 尔扎 阿扎 依布 依呷 依石 子惹 以布 以呷 衣布 衣呷 么 英 ";
const MONGOL: &str = "巴特尔 乌云 其其格 娜仁 斯琴 格日勒 图雅 高娃 苏日娜 萨仁 哈斯 朝鲁 那日苏 宝音 孟和 敖登 图门 额尔敦 呼和 阿拉坦 苏和 牧仁 娜日 托娅 塔娜 通拉嘎 满都拉 毕力格 布和 吉日嘎拉 \
    巴图 朝克图 青格勒 那仁 图力古尔 阿古拉 苏雅拉 特木尔 特木勒 布仁 巴雅尔 巴音 白音 乌日娜 乌兰 乌仁 乌力吉 乌恩 乌日汉 阿荣 阿木古郎 达来 达胡 道尔吉 额日敦 格根 海日 呼格吉勒 吉雅 胡日查 金花 朝格图 朝伦 \
    莎日娜 萨日娜 赛罕 赛音 斯日古楞 苏布道 苏德 其木格 其木德 旭日 浩毕斯 恩和 恩克 伊拉 伊日贵 伊德 永梅 扎那 扎木苏 照日格图 哈达 哈日 哈森 哈斯图 嘎日迪 嘎拉 都仁 德力格尔 德格 布日 布音 宝力 宝鲁 包力 包图 敖特根 敖日 敖其尔 安达 阿斯 阿民 阿日斯 阿如娜 阿迪雅 阿茹";
const TRANSCRIBING: &str = "班阿卜杜拉赫曼买提吐逊尔孜江古丽帕汗木沙依明艾力克比热合哈努巴麦迈穆罕默德伊玉素甫苏莱亚森凯赛海米吉莎西达娜扎瓦别叶波马肯加再乃居萨迪亥衣亢卡坎库塔台图肉阔约\
    哲娃拜毛孙奴尼甘山胡斯纳热娅孜瓦柯喀丹尧乌布不都吾甫尤里斯坎登台依仁娜布尔色夏日曲玛珠桑吾恰提扎德勒萨贝迪汉伊敏丝缇奇普乔治迈克珍妮露瑞莉约翰玛丽戴维史密琼安娜特蒂鲁杰姆温托罗莫洛奥雅泰格欧文哥兰顿朗菲卢索汤夫娅";

static TIBETANS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), TIBETAN)]));
static YI: LazyLock<Lexicon<bool>> = LazyLock::new(|| Lexicon::of(&[(false, YI_GIVEN), (true, YI_FAMILY)]));
static YI_GIVENS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), YI_GIVEN)]));
/// The characters of Yi names.
static YI_LETTERS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let letters: Vec<String> =
        [YI_GIVEN, YI_FAMILY, "达洛各者里"].concat().chars().map(String::from).collect();
    Lexicon::from_words(letters.iter().map(|letter| (letter.as_str(), ())))
});
static MONGOLS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), MONGOL)]));
static LETTERS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let letters: Vec<String> = TRANSCRIBING.chars().map(String::from).collect();
    Lexicon::from_words(letters.iter().map(|letter| (letter.as_str(), ())))
});

/// Whether transcribed names use the character.
pub(super) fn transcribes(c: char) -> bool {
    LETTERS.find(&[c]).is_some()
}

/// Finds them outside of `guard`.
pub(super) fn find(text: &Text, guard: &Marks, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < text.len() {
        let name =
            [tibetan, yi, mongol, vietnamese, southern, transcribed].iter().find_map(|rule| rule(text, at));
        match name.filter(|&(end, _)| !guard.any(at, end)) {
            Some((end, score)) => {
                found.push(Found { start: at, end, kind: Kind::Person, score, rule: "minority-name" });
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Two or more parts of Tibetan names, or one with a cue.
fn tibetan(text: &Text, at: usize) -> Option<(usize, f32)> {
    parts(text, at, &TIBETANS)
}

fn mongol(text: &Text, at: usize) -> Option<(usize, f32)> {
    parts(text, at, &MONGOLS)
}

fn parts(text: &Text, at: usize, names: &Lexicon<()>) -> Option<(usize, f32)> {
    let (mut end, mut count) = (at, 0);
    while let Some((length, ())) = names.at(text, end) {
        (end, count) = (end + length, count + 1);
        if count == 4 {
            break;
        }
    }
    let cued = || context::before(text, at).max(context::after(text, end)) >= 14;
    match count {
        1 if end - at == 2 && is_unknown(text, at, end) => Some((end + 2, 0.9)),
        1 if end - at >= 3 && cued() => Some((end, 0.9)),
        1 if context::before(text, at) >= context::STRONG || context::after(text, end) >= context::STRONG => {
            Some((end, 0.85))
        }
        0 | 1 => None,
        _ => Some((end, 0.95)),
    }
}

/// Whether two characters that no word explains belong to the part of a name in `start..end`: 阿旺|班觉.
fn is_unknown(text: &Text, start: usize, end: usize) -> bool {
    let worded = |at: usize| WORDS.at(text, at).is_some_and(|(length, cost)| length >= 2 && cost < 56);
    let (left, right) = (context::before(text, start), context::after(text, end + 2));
    (left >= context::STRONG && right >= 6 || left >= 6 && right >= 16)
        && [end, end + 1].iter().all(|&at| is_han(text.at(at)) && !worded(at))
        && context::after(text, end) < 6
        && WORDS.find(text.slice(start, end)).is_none_or(|cost| cost >= 48)
}

/// Whether the family's name at `at` is no word, and two characters of Yi names that no word explains follow: 罗洪|拉且.
fn is_yi(text: &Text, at: usize) -> bool {
    let worded = |at: usize| WORDS.at(text, at).is_some_and(|(length, cost)| length >= 2 && cost < 56);
    WORDS.find(text.slice(at, at + 2)).is_none()
        && [at + 2, at + 3].iter().all(|&at| YI_LETTERS.find(text.slice(at, at + 1)).is_some() && !worded(at))
}

fn yi(text: &Text, at: usize) -> Option<(usize, f32)> {
    let (mut length, family) = YI.at(text, at)?;
    if !family || text.at(at) == '的' && context::before(text, at) < context::STRONG {
        return None;
    }
    // 阿苏么日扎: 么 says whose daughter.
    let daughter = "么莫".contains(text.at(at + length)) && YI_GIVENS.at(text, at + length + 1).is_some();
    length += usize::from(daughter);
    let cued = context::before(text, at) >= context::STRONG
        || context::after(text, at + length + 2) >= 16
        || length == 2 && is_yi(text, at);
    let any = (cued && is_han(text.at(at + length)) && is_han(text.at(at + length + 1))).then_some((2, ()));
    let (given, ()) = YI_GIVENS.at(text, at + length).or(any)?;
    let end = at + length + given;
    let more = usize::from("莫木么牛扎".contains(text.at(end)) && !is_han(text.at(end + 1)));
    (given >= 2 || context::before(text, at) >= 14).then_some((end + more, 0.93))
}

/// 阮氏红, 黎文芳, 范氏玉兰: a surname, 氏 or 文, a given name.
fn vietnamese(text: &Text, at: usize) -> Option<(usize, f32)> {
    let middle = text.at(at + 1);
    if !"阮黎陈范黄潘武裴邓杜胡吴杨李丁林郑段梁高何陶农韦闭刁熊谭".contains(text.at(at))
        || !"氏文".contains(middle)
    {
        return None;
    }
    let named = |at: usize| {
        !"以由在经未与和向将把被从对于因为曾给是".contains(text.at(at))
            && GIVEN.find(&[text.at(at)]).is_some_and(|cost| cost < 40)
            && !WORDS.at(text, at).is_some_and(|word| word.0 >= 2 && word.1 < 46)
    };
    if !is_han(text.at(at + 2)) {
        return None;
    }
    let (short, long) = (context::after(text, at + 3), context::after(text, at + 4));
    let two = named(at + 3) && (long >= short.clamp(6, 30) || middle == '氏' && short < 6);
    let cued = middle == '氏'
        || context::before(text, at) >= 14
        || context::after(text, at + 3).max(context::after(text, at + 4)) >= 14;
    cued.then_some((at + 3 + usize::from(two), 0.9))
}

const JINGPO: [&str; 14] = [
    "勒排", "木然", "勒托", "恩昆", "排早", "排木", "排扎", "雷麻", "孔麻", "孔早", "麻日", "麻木", "雷木",
    "勒干",
];

/// 勒排干, 排早图 (Jingpo); 岩散, 艾倒 (Wa, Dai) behind what only a person is called.
fn southern(text: &Text, at: usize) -> Option<(usize, f32)> {
    let worded = |at: usize| WORDS.at(text, at).is_some_and(|(length, cost)| length >= 2 && cost < 56);
    let named = |at: usize| is_han(text.at(at)) && !"的在说称与和被将把".contains(text.at(at)) && !worded(at);
    let before = context::before(text, at);
    if text.longest(at, &JINGPO).is_some() {
        let cued = before >= 6 || context::after(text, at + 3) >= 6;
        return (cued && named(at + 2)).then_some((at + 3, 0.88));
    }
    let short = "岩艾尼喃召咪".contains(text.at(at)) && before >= context::STRONG;
    let more = || named(at + 2) && !is_han(text.at(at + 3)) && text.gap(at + 2) == Gap::None;
    (short && named(at + 1) && !worded(at)).then(|| (at + 2 + usize::from(more()), 0.86))
}

/// Four or more characters of transcription that no word explains.
fn transcribed(text: &Text, at: usize) -> Option<(usize, f32)> {
    if at > 0 && transcribes(text.at(at - 1)) {
        return None;
    }
    let count = text.slice(at, at + 16).iter().take_while(|c| transcribes(**c)).count();
    let end = at + count;
    let words = (at..end).filter(|&at| WORDS.at(text, at).is_some_and(|word| word.0 >= 2)).count();
    let cued = context::before(text, at) >= 14 || context::after(text, end) >= 16;
    (count >= 4 && words == 0 && cued).then_some((end, 0.7))
}
