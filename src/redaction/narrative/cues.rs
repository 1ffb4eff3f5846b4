//! Words before a value that say what it is: 身份证号, 电话, 卡号.
//!
//! Knows words, not values. Invariant: a cue speaks for what stands in the same clause, a few
//! characters on.

use std::sync::LazyLock;

use super::found::{Kind, Marks};
use super::glyphs::is_han;
use super::lexicon::Lexicon;
use super::text::Text;

/// What a cue announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// A value of this kind.
    Of(Kind),
    /// A number of a case, document or exhibit, which stays.
    Case,
}

use Cue::{Case, Of};

const WORDS: &[(Cue, &str)] = &[
    (
        Of(Kind::Identity),
        "身份证 身份号 公民身份 身份证件 证件号 证号 身分证 公民号码 社保号 社会保障号 ID 身份 证件编号 证件 身证 \
         身份i正 省份证 社保卡号 医保号",
    ),
    (
        Of(Kind::Phone),
        "电话 手机 联系方式 致电 拨打 来电 座机 固话 号码 传真 tel phone mobile 热线 呼叫 去电 机主 移动 电联 短号 主叫 \
         被叫 通话 联系 打给 回拨 小灵通 办公室 手机卡 电活 固定电话 话机 转接",
    ),
    (
        Of(Kind::Bank),
        "卡号 账号 帐号 银行卡 账户 帐户 储蓄卡 信用卡 存折 借记卡 工行卡 农行卡 建行卡 中行卡 邮储卡 卡尾号 工行 农行 \
         建行 中行 邮储 农信 开户",
    ),
    (
        Of(Kind::Document),
        "护照 通行证 港澳 回乡证 台胞证 军官证 士兵证 警官证 户口 居留 签证 驾驶证 驾照 出生证 出生医学证明 车架 发动机 \
         IMEI 串号 序列号 VIN 学号 工号 学籍号 警号 居住证 结婚证 住院号 病历号 边民证 机器码 识别代号 通行证件 passport \
         底盘号 证明书 户籍证明 旅行证 海员证 身份卡 工作证 学生证 军人证 残疾证 档案编号 驾驶证档案编号 边境通行证 入境许可 护照号 证字 出生证编号 出生证明编号 出生医学证明编号 \
         户口簿编号 户口本编号 护照编号 准考证 准考证编号 结婚证编号 居住证编号 学籍编号 学生编号 残疾证编号",
    ),
    (Of(Kind::Wechat), "微信 wechat weixin V信 vx wx 薇信 威信 V 微 徽信 v信 加v 微倍"),
    (Of(Kind::Qq), "qq 扣扣 企鹅号 Q号 球球号 Q 腾讯QQ"),
    (
        Of(Kind::Netname),
        "支付宝 抖音 快手 小红书 陌陌 微博 网名 昵称 用户名 telegram whatsapp skype line 探探 facebook 钉钉 贴吧 闲鱼 \
         直播间 淘宝 游戏 飞机号 YY soul 用户 纸飞机 推特 脸书 火山 西瓜 公众号 B站 网号 网络账号 twitter instagram 主页 \
         快手号 抖音号 视频号 财付通 拼多多 旺旺 zalo viber",
    ),
    (Of(Kind::Email), "邮箱 邮件 mail email e-mail 信箱 电邮"),
    (Of(Kind::Plate), "车牌 牌照 牌号 号牌 车号 车辆号"),
    (
        Case,
        "案号 案件编号 警情编号 接警编号 立案编号 文号 批号 编号 接警单号 警情号 案件号 样本 单号 登记号 线索号 文书号 邮编 \
         邮政编码 案卷号 卷号 物证 采样",
    ),
];

/// What stands between a cue and its value and says nothing.
static FILLERS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "号码 号 码 是 为 系 分别 均 ( : “ = - 的 账户 账号 帐号 ID id 登记 名 昵称 叫 现 用 曾用 后 前 尾 六位 位 四位 一 [ NO NO. No No. no. № 本人 使用 也 、 帐户 卡号 卡 了 有 改 成 .",
    )])
});

static LEXICON: LazyLock<Lexicon<Cue>> = LazyLock::new(|| Lexicon::of(WORDS));
static LATIN: LazyLock<Vec<(Cue, String)>> = LazyLock::new(|| {
    let all = WORDS.iter().flat_map(|&(cue, words)| words.split_whitespace().map(move |word| (cue, word)));
    all.filter(|(_, word)| word.is_ascii()).map(|(cue, word)| (cue, word.to_ascii_lowercase())).collect()
});

/// The cue for what starts at `at`, with only words that say nothing between.
pub(super) fn before(text: &Text, at: usize) -> Option<Cue> {
    let mut end = at;
    let mut vague = None;
    for _ in 0..6 {
        let filler = FILLERS.before(text, end).map(|(length, ())| length);
        match ending(text, end) {
            // 账号 and 号码 are cues, but 支付宝账号 and 手机号码 say more.
            Some(cue) if filler.is_some() => vague = vague.or(Some(cue)),
            Some(cue) => return Some(cue),
            None => {}
        }
        match filler {
            Some(length) => end -= length,
            // A label may end one line and its value open the next.
            None if end > 0 && text.at(end - 1) == '\n' => end -= 1,
            None => break,
        }
    }
    vague
}

/// Marks the cues themselves: no name reaches into 支付宝 or 身份证.
pub(super) fn mark(text: &Text, marks: &mut Marks) {
    for at in 0..text.len() {
        if let Some((length, _)) =
            LEXICON.at(text, at).filter(|found| found.0 >= 2 && is_han(text.at(at + found.0 - 1)))
        {
            marks.set(at, at + length);
        }
    }
}

/// The cue nearest before `at` in the same clause, `reach` characters back at most.
pub(super) fn nearby(text: &Text, at: usize, reach: usize) -> Option<Cue> {
    for end in (at.saturating_sub(reach)..=at).rev() {
        if let Some(cue) = ending(text, end) {
            return Some(cue);
        }
        if "。;\n!?".contains(text.at(end.wrapping_sub(1))) {
            return None;
        }
    }
    None
}

/// The longest cue that ends just before `at`.
fn ending(text: &Text, at: usize) -> Option<Cue> {
    LEXICON.before(text, at).map(|(_, cue)| cue).or_else(|| latin(text, at))
}

/// The Latin cue that ends before `at` as a word of its own, in any case.
fn latin(text: &Text, at: usize) -> Option<Cue> {
    if !text.at(at.checked_sub(1)?).is_ascii_alphabetic() {
        return None;
    }
    let fits = |word: &str| {
        let Some(start) = at.checked_sub(word.len()) else { return false };
        let same = text.slice(start, at).iter().zip(word.chars()).all(|(a, b)| a.eq_ignore_ascii_case(&b));
        same && (start == 0 || !text.at(start - 1).is_ascii_alphabetic())
    };
    LATIN.iter().find(|(_, word)| fits(word)).map(|&(cue, _)| cue)
}
