//! Public bodies, which stay, and private persons' workplaces and schools, which do not.

mod trade;

use std::sync::LazyLock;

use super::found::{Found, Kind, Marks};
use super::glyphs::is_han;
use super::lexicon::Lexicon;
use super::regions::Chain;
use super::text::{Gap, Text};

static PUBLIC: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "公安局 公安厅 公安部 公安分局 派出所 分局 刑侦大队 刑侦支队 刑警大队 刑警支队 刑侦总队 打拐办 反拐办 人民法院 中级人民法院 \
         高级人民法院 最高人民法院 法院 人民检察院 最高人民检察院 检察院 救助管理站 救助站 救助中心 救助保护中心 未成年人救助保护中心 \
         儿童福利院 社会福利院 福利院 民政局 民政厅 妇联 妇女联合会 司法局 看守所 拘留所 监狱 人民政府 政府 县委 市委 政法委 卫健委 \
         教育局 人社局 铁路公安局 铁路公安处 公安处 出入境管理局 边检站 边防检查站 边境管理支队 交警支队 交警大队 司法鉴定中心 \
         物证鉴定所 鉴定中心 网安支队 人民医院 妇幼保健院 中心医院 中医院 疾控中心 团委 残联 红十字会 反拐行动办公室 外事办 移民管理局 \
         国家移民管理局 指挥中心 反诈中心 法律援助中心 未成年人保护中心 社会工作服务中心 收容所 仲裁委员会 邮政局 工商局 税务局 监察委 \
         纪委 专案组 刑警队 特警支队 治安支队 治安大队 人民武装部 武警支队 儿童救助保护中心",
    )])
});

/// How a workplace is named at its end.
static PRIVATE: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "有限公司 有限责任公司 股份有限公司 公司 分公司 集团 厂 工厂 加工厂 制衣厂 服装厂 电子厂 鞋厂 砖厂 砖窑厂 采石场 煤矿 饭店 \
         大酒店 酒店 宾馆 旅馆 招待所 旅社 客栈 餐厅 餐馆 饭馆 酒楼 酒家 面馆 火锅店 烧烤店 小吃店 早餐店 超市 商店 便利店 百货店 专卖店 服装店 \
         理发店 美容店 美容院 美发店 发廊 足浴店 洗脚城 足浴城 足疗店 按摩店 会所 洗浴中心 养生馆 歌舞厅 歌厅 夜总会 KTV 网吧 酒吧 茶楼 茶馆 \
         影楼 诊所 药店 药房 大药房 大饭店 饭庄 农庄 山庄 度假村 浴场 浴室 按摩院 美甲店 手机店 电器行 电脑店 家具城 家具店 建材店 建材行 粮油店 水产店 肉铺 裁缝铺 缝纫店 打印店 彩票店 租车行 二手车行 渔具店 文具店 书店 书屋 画室 琴行 舞蹈学校 驾校 幼稚园 学堂 月嫂公司 保洁公司 搬家公司 卫生院 卫生室 医院 学校 小学 中学 初中 高中 幼儿园 托儿所 大学 学院 职校 技校 中专 职业学校 职高 培训中心 培训学校 \
         早教中心 托管班 合作社 养殖场 修理厂 汽修厂 物流园 家政公司 中介所 婚介所 婚姻介绍所 月子中心 事务所 工作室 经营部 门市部 店铺 商行 \
         实验学校 附属小学 中心小学 中心校 完小 希望小学 特殊教育学校 福利厂 工程队 施工队 项目部 砂场 茶厂 造纸厂 木材厂 家具厂 食品厂 \
         玩具厂 印刷厂 五金厂 塑料厂 化工厂 纺织厂 棋牌室 麻将馆 快递点 驿站 洗车行 车行 汽车站点 停车场 水果店 蛋糕店 奶茶店 花店 \
         五金店 杂货店 小卖部 批发部 信息部 中介部 服务部 劳务所 鞋业 服饰 娱乐城 休闲中心 健身房 游泳馆 轮胎店 旅行社 米线店 牛肉面馆 拉面馆 拉面店 早点铺 修车铺 理发铺 馒头店 包子铺 烤鱼店 母婴店 纺织厂 水产店 米粉店 活动板房厂",
    )])
});

/// What stands before a workplace and is no part of its name.
const LED: [&str; 83] = [
    "入住",
    "去找",
    "举报",
    "显示",
    "取缔",
    "去过",
    "隔壁",
    "靠帮",
    "没有去",
    "寄宿在",
    "应聘",
    "投靠",
    "老板不让",
    "自称",
    "牵着",
    "走出",
    "走进",
    "带着",
    "抱着",
    "路过",
    "途经",
    "来到",
    "称开",
    "跟着",
    "骗到",
    "在",
    "于",
    "到",
    "系",
    "是",
    "为",
    "往",
    "从",
    "至",
    "由",
    "原在",
    "现在",
    "就读于",
    "任职于",
    "受雇于",
    "经营",
    "开设",
    "开办",
    "名为",
    "叫",
    "、",
    "进入",
    "就职于",
    "毕业于",
    "就读",
    "服务于",
    "供职于",
    "老板是",
    "回归",
    "重返",
    "返回",
    "离开",
    "纳入",
    "结合",
    "组织",
    "指导",
    "督促",
    "要求",
    "加强",
    "通过",
    "及时向",
    "应当",
    "建立",
    "应当向",
    "深入",
    "进行",
    "开展",
    "配合",
    "等",
    "条",
    "对",
    "各",
    "建议",
    "联系",
    "协调",
    "通知",
    "帮助",
    "委托",
];
const NEVER: &str = "的了被把该某各每这那家所个间本我你他她它们,。;:!?\n、()[]《》“”";
/// Names that say only what kind of place it is.
const GENERIC: &str = "村口 镇口 巷口 街口 桥头 村头 当地 附近 一家 一个 某家 路边 私人 一所 某 该 县 市 镇 乡 村 本地 外地 街边 门口 对面 旁边 楼下 楼上 校外 同一 两家 多家 各 其 自家 大 小 新 \
    老 黑 有 无 没有 服装 电子 美容 娱乐 工厂 制衣 快递 物流 劳务 中介 建筑 家政 房地产 汽车 保险 通信 运营 电信 移动 联通 商业 国有 外资 民营 合法 职业 \
    技术 普通 重点 公立 私立 乡镇 农村 镇上 村里 县城 市里 城里 中国 就近 定点 人民 中心 国际 大型 小型 网络 科技 连锁 高级 初级 航空 铁路 客运 运输 货运 旅游 \
    第三方 关联 空壳 涉案 律师 会计 会计师 上述 所谓 正规 假冒 皮包 医药 生物 同 全 我 贵 外 原 出 进 办 建 入 各地 所在 就读 相关 有关 这家 \
    那家 该家 犯罪 拐卖人口犯罪 拐卖犯罪 上市 母 子 总 我们 咱们 他们 一些 许多 不少 几家 数家 沿线 周边 沿途 全市 全县 全省 辖区 中 各中 大中 工 地 街面 开服装 开 出 入 进出 一处 一间 一出 出租 不让出 不许出 不准出 让出 老板不让出";
static GENERICS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), GENERIC)]));

/// Marks the public bodies, with the region's or other words directly before them, in `marks`.
pub(super) fn mark_public(text: &Text, chains: &[Chain], marks: &mut Marks) {
    for at in 0..text.len() {
        if let Some((length, ())) = PUBLIC.at(text, at) {
            marks.set(at, at + length);
        }
    }
    for &Chain { end, .. } in chains {
        let reach =
            (0..=8).take_while(|&lead| is_han(text.at(end + lead)) && text.gap(end + lead) != Gap::Blank);
        if let Some(stop) = reach.filter_map(|lead| Some(end + lead + PUBLIC.at(text, end + lead)?.0)).last()
        {
            let between = text.slice(end, stop);
            if !between.iter().any(|c| "在将被把于到与的".contains(*c)) {
                marks.set(end, stop);
            }
        }
    }
}

/// Finds workplaces and schools outside of `public`.
pub(super) fn find(text: &Text, regions: &Marks, public: &Marks, taken: &Marks, found: &mut Vec<Found>) {
    let mut at = 0;
    let mut floor = 0;
    while at < text.len() {
        let Some((length, ())) = PRIVATE.at(text, at).filter(|_| !public.has(at)) else {
            if let Some((start, end)) =
                trade::find(text, at, (floor, regions, public)).filter(|_| !taken.has(at))
            {
                found.push(Found { start, end, kind: Kind::Workplace, score: 0.8, rule: "trade" });
                floor = end;
            }
            at += 1;
            continue;
        };
        let end = at + length;
        let more = PRIVATE.at(text, end).map_or(0, |found| found.0);
        let end = grade(text, end + more);
        if let Some(start) = start(text, at, floor, regions, public)
            && !is_generic(text, start, at)
            && !taken.any(at, end)
        {
            found.push(Found { start, end, kind: Kind::Workplace, score: 0.9, rule: "workplace" });
        }
        floor = end;
        at = end;
    }
}

/// Whether no name reaches over the character at `at`.
fn ends_name(text: &Text, at: usize, regions: &Marks, public: &Marks) -> bool {
    let c = text.at(at);
    !is_han(c) || NEVER.contains(c) || regions.has(at) || public.has(at)
}

/// Where the proper name before the suffix at `at` starts.
fn start(text: &Text, at: usize, floor: usize, regions: &Marks, public: &Marks) -> Option<usize> {
    let mut start = at;
    while start > floor && at - start < 14 {
        let c = text.at(start - 1);
        let inside = is_han(c)
            || c.is_ascii_alphanumeric()
            || "()".contains(c) && at - start > 0 && at - start < 10 && c == ')';
        if !inside || NEVER.contains(c) || regions.has(start - 1) || public.has(start - 1) {
            break;
        }
        // A column ends at a blank: 文化程度 小学.
        let parted = start == at && text.gap(start) == Gap::Blank;
        if parted || text.ends_any(start, &LED) {
            break;
        }
        start -= 1;
    }
    (start < at).then_some(start)
}

/// Behind a school's grade and class: 初二(3)班, 大班, 三年级二班.
fn grade(text: &Text, at: usize) -> usize {
    let reach = text.slice(at, at + 10);
    let stop = reach.iter().position(|&c| c == '班');
    let fits = |c: char| is_han(c) && !"的在于，到时".contains(c) || c.is_ascii_digit() || "()".contains(c);
    match stop {
        Some(stop)
            if !text.ends_any(at + stop, &["上", "下", "加", "值", "夜", "换", "早", "晚", "跟"])
                && reach.iter().take(stop).all(|&c| fits(c))
                && stop <= 7 =>
        {
            at + stop + 1
        }
        _ => at,
    }
}

/// Whether `words` are a public body's name and no more: 儿童福利院.
pub(super) fn is_public(words: &[char]) -> bool {
    PUBLIC.find(words).is_some()
}

/// Whether `start..end` ends like a public body, or is a kind of place without a name.
pub(super) fn names_none(text: &Text, start: usize, end: usize) -> bool {
    let suffix = PRIVATE.before(text, end).map_or(0, |found| found.0);
    text.ends_any(end, &["机关", "局", "委", "办", "部门", "机构", "厅", "系统"])
        || suffix == end - start
        || suffix > 0 && is_generic(text, start, end - suffix)
}

/// Whether what stands before a workplace's suffix says no name.
fn is_generic(text: &Text, start: usize, at: usize) -> bool {
    GENERICS.find(text.slice(start, at)).is_some() || text.ends_any(at, &["犯罪", "卖淫", "诈骗", "职业"])
}
