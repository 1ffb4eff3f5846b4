//! What a rule found, and what no rule may touch.

#[cfg(test)]
use super::text::looks;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A name of a person: full, given, nick, alias, pinyin.
    Person,
    /// A resident's identity number.
    Identity,
    /// A passport, permit, vehicle or device number.
    Document,
    /// A telephone number.
    Phone,
    /// A vehicle's plate.
    Plate,
    /// A `WeChat` account.
    Wechat,
    /// A QQ account.
    Qq,
    /// An e-mail address.
    Email,
    /// A bank card or account.
    Bank,
    /// An account or name on another platform.
    Netname,
    /// A date of birth with month or day.
    Birth,
    /// An address below the county.
    Address,
    /// A private person's workplace or school.
    Workplace,
}

impl Kind {
    /// The name in spans: `PER`, `ID`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "PER",
            Self::Identity => "ID",
            Self::Document => "DOC",
            Self::Phone => "PHONE",
            Self::Plate => "PLATE",
            Self::Wechat => "WECHAT",
            Self::Qq => "QQ",
            Self::Email => "EMAIL",
            Self::Bank => "BANK",
            Self::Netname => "NETNAME",
            Self::Birth => "DOB",
            Self::Address => "ADDR",
            Self::Workplace => "ORG",
        }
    }

    /// The word in a mask: `〔人名1〕`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Person => "人名",
            Self::Identity => "身份证号",
            Self::Document => "证件号",
            Self::Phone => "电话",
            Self::Plate => "车牌",
            Self::Wechat => "微信号",
            Self::Qq => "QQ号",
            Self::Email => "邮箱",
            Self::Bank => "银行卡号",
            Self::Netname => "网络账号",
            Self::Birth => "出生日期",
            Self::Address => "地址",
            Self::Workplace => "单位",
        }
    }

    /// Whether the entity is an identifier, a number or an account, that leads to one person: lifting such a mask takes
    /// an approver. So does the name on any platform: whoever knows the platform finds the person by it.
    pub const fn is_structured(self) -> bool {
        !matches!(self, Self::Person | Self::Address | Self::Workplace)
    }
}

/// A stretch of folded characters to mask.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// The first character.
    pub(super) start: usize,
    /// Behind the last character.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// How sure the rule is, from 0 to 1.
    pub(super) score: f32,
    /// The rule.
    pub(super) rule: &'static str,
}

impl Found {
    /// What wins where two meet: the more certain kind, then the score.
    pub(super) fn rank(&self) -> f32 {
        match self.kind {
            // A name that the rules see whole is better than the pieces that the tagger sees.
            Kind::Person if self.rule == "tagger" => self.score - 1.0,
            Kind::Person => self.score,
            Kind::Workplace => 1.0 + self.score,
            Kind::Address => 2.0 + self.score,
            Kind::Phone => 3.0 + self.score,
            _ => 4.0 + self.score,
        }
    }
}

/// Marks characters that some rules must leave alone, or that are taken.
#[derive(Clone)]
pub(super) struct Marks(Vec<bool>);

impl Marks {
    /// No mark on any of `len` characters.
    pub(super) fn new(len: usize) -> Self {
        Self(vec![false; len])
    }

    /// Marks `start..end`.
    pub(super) fn set(&mut self, start: usize, end: usize) {
        let end = end.min(self.0.len());
        #[cfg(test)]
        looks::add(end.saturating_sub(start));
        if let Some(range) = self.0.get_mut(start.min(end)..end) {
            range.fill(true);
        }
    }

    /// Marks all of `found`.
    pub(super) fn take(&mut self, found: &[Found]) {
        for item in found {
            self.set(item.start, item.end);
        }
    }

    /// Adds the marks of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        for (mark, &more) in self.0.iter_mut().zip(&other.0) {
            *mark |= more;
        }
    }

    /// Whether the character at `at` is marked.
    pub(super) fn has(&self, at: usize) -> bool {
        self.0.get(at).copied().unwrap_or(false)
    }

    /// The stretches of `start..end` without a mark.
    pub(super) fn gaps(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        #[cfg(test)]
        looks::add(end.saturating_sub(start));
        let mut gaps = Vec::new();
        let mut open = None;
        for at in start..=end {
            let free = at < end && !self.has(at);
            match open {
                None if free => open = Some(at),
                Some(first) if !free => {
                    gaps.push((first, at));
                    open = None;
                }
                _ => {}
            }
        }
        gaps
    }

    /// Whether any character of `start..end` is marked.
    pub(super) fn any(&self, start: usize, end: usize) -> bool {
        let end = end.min(self.0.len());
        #[cfg(test)]
        looks::add(end.saturating_sub(start));
        self.0.get(start.min(end)..end).is_some_and(|range| range.iter().any(|&mark| mark))
    }
}
