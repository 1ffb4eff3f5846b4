//! Invented names and numbers in the forms that people write them. Synthetic persons only.

/// A small generator with a seed: the same texts on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of the words, parted by blanks.
    pub(crate) fn word(&mut self, from: &'static str) -> &'static str {
        let words: Vec<&str> = from.split_whitespace().collect();
        words[self.below(words.len())]
    }

    fn one(&mut self, from: &str) -> char {
        let chars: Vec<char> = from.chars().collect();
        *self.pick(&chars)
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧关甘祝包左柳温符阮祁申";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰萍红玲建国文斌宇浩凯健俊帆雪琳晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝晓欢霄枫芸菲寒伊亚宜可姬舒影荔枝思丽振壮群翔旭坤义才发武新利清飞彬富顺信子永健世广志义兴良海山仁波宁贵福生龙元全国胜学祥";

/// A Chinese name: a surname of one or two characters and a given name.
pub(crate) fn name(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 => format!(
            "{}{}{}",
            dice.word("欧阳 上官 司徒 诸葛 慕容 令狐 皇甫 夏侯 尉迟 公孙 东方"),
            dice.one(GIVEN),
            if dice.chance(50) { dice.one(GIVEN).to_string() } else { String::new() }
        ),
        1 => format!(
            "{}{}",
            dice.word("阿卜杜拉· 买买提· 古丽娜尔· 艾合买提· 热娜· 玛依拉· 努尔兰· 迪丽努尔·"),
            dice.word("吐尔逊 卡德尔 亚森 依米提 玉苏普 赛买提 哈力克")
        ),
        2 => format!(
            "{}{}",
            dice.word("洛桑 旦增 央金 格桑 仁青 索朗 德吉 白玛"),
            dice.word("卓玛 次仁 平措 拉姆 多吉 旺姆 曲珍 顿珠")
        ),
        3 => format!(
            "{}{}",
            dice.word("沙马 吉木 俄木 莫色 海来 阿约 曲木"),
            dice.word("阿呷 尔古 子布 石呷 伍果 拉日 木果")
        ),
        4 => dice
            .word("高兴 安全 黄金 常青 白露 马达 万年 金山 方圆 康乐 温和 江山 明亮 雷达 石头 向前")
            .to_owned(),
        5 => format!("{}氏{}", dice.one("阮陈黎范武裴"), dice.one("秋红梅香兰玉莺芳")),
        6..=9 => format!("{}{}", dice.one(SURNAMES), dice.one(GIVEN)),
        _ => format!("{}{}{}", dice.one(SURNAMES), dice.one(GIVEN), dice.one(GIVEN)),
    }
}

/// A name in Latin letters: pinyin or foreign.
pub(crate) fn latin(dice: &mut Dice) -> String {
    let family = dice.word("Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou");
    let given = dice.word("Xiaomei Jianguo Weiqiang Yulan Chunhua Dehua Guilan Haitao");
    match dice.below(4) {
        0 => format!("{family} {given}"),
        1 => format!("{} {}", family.to_uppercase(), given.to_uppercase()),
        2 => format!("{given} {family}"),
        _ => dice
            .word("Nguyen_Thi_Lan Le_Van_Hung Maria_Santos Peter_Miller Sok_Dara Aung_Min")
            .replace('_', " "),
    }
}

pub(crate) fn mobile(dice: &mut Dice) -> String {
    format!("1{}{}", dice.word("30 31 35 36 38 39 47 50 52 57 66 73 77 80 86 89 91 98 99"), dice.digits(8))
}

/// A resident's number of 18 or 15 digits; one in six with a wrong length.
pub(crate) fn identity(dice: &mut Dice) -> String {
    let region = dice.word("110105 130203 220381 320583 350524 371327 410922 422801 431121 440982 451324 500235 510723 522328 530627 610481 620826");
    let (year, month, day) = (1950 + dice.below(70), 1 + dice.below(12), 1 + dice.below(28));
    match dice.below(12) {
        0 | 1 => format!("{region}{:02}{month:02}{day:02}{}", year % 100, dice.digits(3)),
        2 => format!("{region}{year}{month:02}{day:02}{}", dice.digits(3)),
        3 => format!("{region}{year}{month:02}{day:02}{}", dice.digits(5)),
        4 => format!("{region}{year}{month:02}{day:02}{}{}", dice.digits(3), dice.word("X x")),
        _ => format!("{region}{year}{month:02}{day:02}{}", dice.digits(4)),
    }
}

/// A number as somebody might type it.
pub(crate) fn written(dice: &mut Dice, number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let each = |with: &mut dyn FnMut(usize, char) -> String| {
        chars.iter().enumerate().map(|(at, &c)| with(at, c)).collect()
    };
    match dice.below(16) {
        0 => each(&mut |_, c| wide(c).to_string()),
        1 => each(&mut |_, c| numeral(c, '〇', '一').to_string()),
        2 => each(&mut |_, c| numeral(c, '零', '幺').to_string()),
        3 => each(&mut |at, c| if at % 2 == 0 { wide(c).to_string() } else { c.to_string() }),
        4 => each(&mut |at, c| if at == 5 { format!("\u{200b}{c}") } else { c.to_string() }),
        5 => each(&mut |_, c| match c {
            '1' => 'l'.to_string(),
            '0' => 'O'.to_string(),
            c => c.to_string(),
        }),
        6 => each(&mut |at, c| if at > 0 { format!(" {c}") } else { c.to_string() }),
        7..=9 => {
            let sign = *dice.pick(&[" ", "-", ".", "·", "  ", "—", "/"]);
            each(&mut |at, c| {
                if at == 3 || at == 7 || at > 8 && at % 4 == 3 { format!("{sign}{c}") } else { c.to_string() }
            })
        }
        _ => number.to_owned(),
    }
}

fn wide(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_alphanumeric()).unwrap_or(c)
}

pub(crate) fn numeral(c: char, zero: char, one: char) -> char {
    match c {
        '0' => zero,
        '1' => one,
        '2'..='9' => "二三四五六七八九".chars().nth(c as usize - '2' as usize).unwrap(),
        c => c,
    }
}

/// A telephone: mobile, landline or foreign.
pub(crate) fn phone(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => format!("0{}-{}", dice.word("10 21 571 838 371 931 755"), {
            let count = 7 + dice.below(2);
            dice.digits(count)
        }),
        1 => format!("（0{}）{}", dice.word("10 20 871 991"), dice.digits(8)),
        2 => format!(
            "{}{}{} {} {}",
            dice.word("+84 +855 +95 +856 0084"),
            " ",
            91 + dice.below(8),
            dice.digits(3),
            dice.digits(4)
        ),
        3 => {
            let number = mobile(dice);
            format!("{}{}", dice.word("+86 0086- 86- （+86）"), number)
        }
        _ => {
            let number = mobile(dice);
            written(dice, &number)
        }
    }
}

pub(crate) fn bank(dice: &mut Dice) -> String {
    let number = format!("62{}", {
        let count = *dice.pick(&[14, 17]);
        dice.digits(count)
    });
    written(dice, &number)
}

pub(crate) fn plate(dice: &mut Dice) -> String {
    let province = dice.one("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新");
    let letter = dice.one("ABCDEFGHK");
    let body = format!("{}{}", dice.one("0123456789ABDF"), dice.digits(4));
    match dice.below(6) {
        0 => format!("{province}{letter}·{body}"),
        1 => format!("{province}{letter} {body}"),
        2 => format!("{province}{}{}", letter.to_lowercase(), body.to_lowercase()),
        3 => format!("{province}{letter}D{}", dice.digits(5)),
        4 => format!("{province} {letter}-{body}"),
        _ => format!("{province}{letter}{body}"),
    }
}

pub(crate) fn account(dice: &mut Dice) -> String {
    let word = dice.word("moon sea_wind qiqi lao_wu tiantian xiaobai bobo66 haohao");
    match dice.below(4) {
        0 => format!("wxid_{}{}", dice.digits(4), dice.word("ab7k2q9x22 zzq8m1k0n11")),
        1 => format!("{word}{}", dice.digits(4)),
        2 => format!("{word}-{}", dice.digits(3)),
        _ => format!("{}{word}", dice.one("abcdef")),
    }
}

pub(crate) fn mail(dice: &mut Dice) -> String {
    let (user, host) = (account(dice), dice.word("qq.com 163.com sina.com gmail.com 126.com"));
    match dice.below(5) {
        0 => format!("{user}＠{host}"),
        1 => format!("{user} @ {host}"),
        2 => format!("{user}#{host}"),
        _ => format!("{user}@{host}"),
    }
}

pub(crate) fn document(dice: &mut Dice) -> String {
    let letter = dice.word("G E H C P EA EB");
    let number = dice.digits(9 - letter.len());
    if dice.chance(20) { format!("{letter} {number}") } else { format!("{letter}{number}") }
}
