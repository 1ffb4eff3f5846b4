//! Accounts and names on platforms, e-mail addresses.
//!
//! Invariant: an account is one word in Latin letters and digits; what a cue announces is masked
//! whatever its form.

use super::cues::{self, Cue};
use super::found::{Found, Kind, Marks};
use super::glyphs::{digit, is_han, is_word};
use super::steps::Steps;
use super::text::{Gap, Text};

/// Words in Latin letters that name no one.
const PLAIN: &[&str] = &[
    "dna",
    "qq",
    "wechat",
    "weixin",
    "gps",
    "ktv",
    "atm",
    "cctv",
    "wifi",
    "app",
    "vip",
    "pos",
    "sim",
    "usb",
    "pdf",
    "word",
    "excel",
    "suv",
    "mpv",
    "id",
    "ip",
    "imei",
    "iphone",
    "huawei",
    "oppo",
    "vivo",
    "xiaomi",
    "tel",
    "phone",
    "mail",
    "email",
    "http",
    "https",
    "www",
    "com",
    "cn",
    "net",
    "telegram",
    "whatsapp",
    "facebook",
    "twitter",
    "line",
    "skype",
    "pc",
    "tv",
    "vr",
    "ai",
    "ok",
    "no",
    "xx",
    "xxx",
    "kg",
    "cm",
    "km",
    "mm",
    "ml",
    "rmb",
    "usd",
    "cny",
    "hiv",
    "bmw",
    "logo",
    "str",
    "pcr",
    "ct",
    "icu",
    "led",
    "mp3",
    "mp4",
    "vcr",
    "dvd",
    "cd",
    "a",
    "b",
    "c",
    "d",
    "page",
    "ii",
    "iii",
    "iv",
    "wx",
    "vx",
    "passport",
    "name",
    "mobile",
    "covid",
    "tiktok",
    "instagram",
    "gb",
    "ga",
    "t",
    "xxxx",
    "surname",
    "given",
    "sex",
    "dob",
    "mother",
    "father",
    "brother",
    "sister",
    "family",
    "agent",
    "status",
    "from",
    "to",
    "usdt",
    "ab",
    "nationality",
    "birth",
    "date",
    "of",
    "f",
    "m",
];

/// Finds e-mail addresses, then accounts.
pub(super) fn find(text: &Text, steps: &Steps, guard: &Marks, found: &mut Vec<Found>) {
    let mut next = 0;
    while let Some(at) = steps.next(next) {
        let end = email(text, at, found)
            .or_else(|| word(text, at, guard, found))
            .or_else(|| named(text, at, found))
            .or_else(|| quoted(text, at, found));
        next = end.unwrap_or(0).max(at + 1);
    }
}

/// Whether an address or account may begin with `c`, beside letters and digits.
pub(super) const fn opens(c: char) -> bool {
    is_at_sign(c) || names_platform(c) || c == '“'
}

/// Whether `c` is or opens what stands for the `@` of an e-mail address.
const fn is_at_sign(c: char) -> bool {
    matches!(c, '@' | '#' | '(' | '[' | '艾' | '圈' | '&' | '*' | '$')
}

/// Whether `c` opens a word that announces the name on a platform.
const fn names_platform(c: char) -> bool {
    matches!(c, '昵' | '网' | '用' | '账' | '微' | '抖' | '备' | '群' | 'Q' | '快')
}

/// Whether the lower-case `word` is one of those that name no one.
pub(super) fn is_plain(word: &str) -> bool {
    PLAIN.contains(&word)
}

const MAIL_HOSTS: [&str; 17] = [
    "qq", "163", "126", "139", "189", "sina", "foxmail", "gmail", "hotmail", "outlook", "yahoo", "yeah",
    "sohu", "aliyun", "21cn", "icloud", "vip",
];

/// The e-mail address whose `@` (or what stands for it) is at `at`; where to go on.
fn email(text: &Text, at: usize, found: &mut Vec<Found>) -> Option<usize> {
    if !is_at_sign(text.at(at)) {
        return None;
    }
    let sign = text.longest(at, &["@", "#", "(at)", "[at]", "艾特", "(@)", "&", "圈a", "*", "(AT)", "$"])?;
    let host = at + sign;
    let known = text.longest(host, &MAIL_HOSTS).is_some();
    if !known && !text.has(at, "@") && !text.has(at, "(at)") && !text.has(at, "[at]") {
        return None;
    }
    let mut start = at;
    while start > 0 && is_local(text.at(start - 1)) && at - start < 64 {
        start -= 1;
    }
    let end = host_end(text, host);
    if start == at || end == host {
        return None;
    }
    found.push(Found { start, end, kind: Kind::Email, score: 0.99, rule: "e-mail" });
    Some(end)
}

fn is_local(c: char) -> bool {
    is_word(c) || ".+-·".contains(c)
}

/// The end of the host name at `at`; a dot may be written 点 or 。.
fn host_end(text: &Text, at: usize) -> usize {
    let mut end = at;
    while end < at + 64 {
        let c = text.at(end);
        let dotted = end > at
            && "。点,·".contains(c)
            && text.longest(end + 1, &["com", "cn", "net", "org", "COM", "c0m"]).is_some();
        let inside = is_word(c) || ".-".contains(c) && is_word(text.at(end + 1));
        if !(inside || dotted) {
            break;
        }
        end += 1;
    }
    end
}

/// The word in Latin letters, digits and signs at `at`, if it is an account; where to go on.
fn word(text: &Text, at: usize, guard: &Marks, found: &mut Vec<Found>) -> Option<usize> {
    if !is_word(text.at(at)) || at > 0 && is_word(text.at(at - 1)) && text.gap(at) == Gap::None {
        return None;
    }
    let cue = match cues::before(text, at) {
        Some(Cue::Of(kind)) if matches!(kind, Kind::Wechat | Kind::Qq | Kind::Netname | Kind::Email) => {
            Some(kind)
        }
        Some(Cue::Of(Kind::Bank)) if !text.at(at).is_ascii_digit() => Some(Kind::Netname),
        Some(Cue::Case) => return Some(word_end(text, at, false)),
        None if text.ends_any(at, &["(号", "(号:", "(账号", "(帐号"]) => Some(Kind::Netname),
        _ => None,
    };
    let end = word_end(text, at, cue.is_some());
    let chars = text.slice(at, end);
    let letters = chars.iter().filter(|c| c.is_ascii_alphabetic()).count();
    let digits = chars.iter().filter(|c| c.is_ascii_digit()).count();
    let lower: String = chars.iter().map(char::to_ascii_lowercase).collect();
    let numbered =
        lower.strip_prefix("qq").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    // 03-18 is a day, or a flat.
    let dated = chars.len() <= 5 && letters == 0 && chars.contains(&'-');
    if guard.any(at, end) || is_plain(&lower) || numbered || dated {
        return Some(end);
    }
    let kind = match cue {
        Some(Kind::Qq | Kind::Netname) if digits < 5 && letters == 0 => None,
        Some(kind) if chars.len() >= 4 || chars.len() >= 2 && digits > 0 && letters > 0 => Some(kind),
        _ if lower.starts_with("wxid") && chars.len() >= 8 => Some(Kind::Wechat),
        _ if letters >= 2
            && (chars.contains(&'_') && chars.len() >= 5 || digits >= 2 && chars.len() >= 8) =>
        {
            Some(Kind::Netname)
        }
        _ => None,
    };
    if let Some(kind) = kind {
        let score = if cue.is_some() { 0.99 } else { 0.8 };
        let rule = if cue.is_some() { "account-after-cue" } else { "account-by-form" };
        found.push(Found { start: at, end, kind, score, rule });
    }
    Some(end)
}

/// The end of the word at `at`. Behind a cue a line wrap or blank does not end it.
fn word_end(text: &Text, at: usize, announced: bool) -> usize {
    let mut end = at;
    while end < at + 64 {
        let c = text.at(end);
        let inside = is_word(c)
            || "-.".contains(c) && is_word(text.at(end + 1))
            || c == '-' && announced && is_word(text.at(end + 1));
        let broken = end > at
            && match text.gap(end) {
                Gap::None => false,
                Gap::Line => !announced && !is_word(c),
                Gap::Blank => !announced,
            };
        if !inside || broken {
            break;
        }
        end += 1;
    }
    end
}

const NICKNAMES: [&str; 12] = [
    "昵称",
    "网名",
    "网络昵称",
    "用户名",
    "账号名",
    "微信名",
    "抖音名",
    "备注名",
    "群名",
    "群昵称",
    "QQ名",
    "快手名",
];

/// The name on a platform behind 昵称, 网名 at `at`; where to go on.
fn named(text: &Text, at: usize, found: &mut Vec<Found>) -> Option<usize> {
    if !names_platform(text.at(at)) {
        return None;
    }
    let mut start = at + text.longest(at, &NICKNAMES)?;
    start += text.longest(start, &["是", "为", "叫", "叫做", "称", "分别为", "系", "名"]).unwrap_or(0);
    while ":“\"'(".contains(text.at(start)) {
        start += 1;
    }
    let quoted = start > at && ":“\"'".contains(text.at(start - 1));
    let mut end = start;
    let stops = if quoted { "”\"\n,。;" } else { "”\"\n,。;、():" };
    while end < start + 16 && !stops.contains(text.at(end)) {
        end += 1;
    }
    let length = end - start;
    if length == 0 || length >= 16 && !quoted || !quoted && length > 8 {
        return None;
    }
    let named = text
        .slice(start, end)
        .iter()
        .any(|&c| is_han(c) || is_word(c) || digit(c).is_some() || c > '\u{2000}');
    if named {
        found.push(Found { start, end, kind: Kind::Netname, score: 0.95, rule: "nickname-after-cue" });
    }
    Some(end)
}

/// What says behind a platform's name that a name on it follows.
const CALLS: [&str; 17] = [
    "叫",
    "名叫",
    "名字",
    "名字是",
    "名字叫",
    "名",
    "名是",
    "以",
    "上以",
    "上叫",
    "名为",
    "用户",
    "主播",
    "联系人",
    "网友",
    "认识了",
    "备注",
];

/// The name that `@` mentions, or that a platform or an account announces in quotes or brackets at `at`: 快手叫“大鹏”,
/// 用户[大鹏]; where to go on.
fn quoted(text: &Text, at: usize, found: &mut Vec<Found>) -> Option<usize> {
    if text.at(at) == '@' && is_han(text.at(at + 1)) {
        let within = |end: &usize| *end == at + 1 || is_han(text.at(*end)) && text.gap(*end) == Gap::None;
        let end = (at + 1..at + 13).take_while(within).last()? + 1;
        found.push(Found { start: at + 1, end, kind: Kind::Netname, score: 0.9, rule: "mention" });
        return Some(end);
    }
    let close = match text.at(at) {
        '“' => '”',
        '[' => ']',
        _ => return None,
    };
    let length =
        text.slice(at + 1, at + 17).iter().position(|&c| c == close).filter(|&length| length >= 2)?;
    let platform = |at: usize, reach: usize| {
        matches!(cues::nearby(text, at, reach), Some(Cue::Of(Kind::Netname | Kind::Wechat | Kind::Qq)))
    };
    let called = text.ends_any(at, &CALLS) && platform(at, 14) || close == '”' && platform(at, 0);
    // “寂寞沙洲冷”(jmszl201): the account stands behind it.
    let open = at + length + 2;
    let account = text.at(open) == '('
        && text.slice(open + 1, open + 6).iter().filter(|c| c.is_ascii_alphanumeric()).count() == 5;
    let called = called || account;
    let phrase = text.slice(at + 1, at + 1 + length).iter().any(|c| ",。;!?\n".contains(*c));
    if !called || phrase {
        return None;
    }
    let (start, end) = (at + 1, at + 1 + length);
    found.push(Found { start, end, kind: Kind::Netname, score: 0.9, rule: "quoted-after-platform" });
    Some(end)
}
