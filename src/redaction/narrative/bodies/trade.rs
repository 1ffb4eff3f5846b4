//! Workplaces that are named by their trade alone: 绿叶|家政, 和硕|电脑.
//!
//! Such a word is mostly no name's end. Invariant: it counts only where a name stands before it and somebody works
//! there, or a region's name stands before both.

use std::sync::LazyLock;

use super::super::found::Marks;
use super::super::lexicon::Lexicon;
use super::super::text::Text;

static TRADES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "家政 建材 水产 电器 化工 物流 陶瓷 汽修 摩配 美甲 拉面 牛肉面 米线 米粉 酒坊 家纺 装饰 广告 石材 沐足 足浴 电子 精密 电脑 餐饮 \
         光电 纺织 塑胶 五金 玩具 职院 制衣 印染 食品 家具 地产 保安 快运 快递 机械 铸造 皮具 灯饰",
    )])
});
/// What stands behind a place where somebody works.
const WORK: [&str; 30] = [
    "上班",
    "打工",
    "员工",
    "老板",
    "销售",
    "服务员",
    "导游",
    "司机",
    "保洁",
    "会计",
    "做工",
    "干活",
    "务工",
    "工作",
    "厂里",
    "职工",
    "工人",
    "的销售",
    "的员工",
    "的老板",
    "学生",
    "大一",
    "大二",
    "大三",
    "业务员",
    "当保安",
    "做保安",
    "当学徒",
    "普工",
    "质检",
];
/// What stands before the name of one.
const IN: [&str; 12] = ["在", "于", "到", "进", "系", "是", "为", "去", "给", ",", "、", "、在"];

/// The workplace whose trade stands at `at`, outside of what is taken before it: start and end.
pub(super) fn find(text: &Text, at: usize, around: (usize, &Marks, &Marks)) -> Option<(usize, usize)> {
    let (floor, regions, public) = around;
    let (length, ()) = TRADES.at(text, at)?;
    let end = at + length;
    let starts = (2..=4).filter_map(|lead| at.checked_sub(lead)).filter(|start| *start >= floor);
    let worked = text.longest(end, &WORK).is_some();
    let mut starts = starts.take_while(|start| !super::ends_name(text, *start, regions, public));
    let start = starts.find(|&start| {
        let placed = start > 0 && regions.has(start - 1);
        let led = placed || start == 0 || text.at(start - 1) == '\n' || text.ends_any(start, &IN);
        led && (placed || worked) && !super::is_generic(text, start, at)
    })?;
    (!super::super::names::is_words(text, start, at, false)).then_some((start, end))
}
