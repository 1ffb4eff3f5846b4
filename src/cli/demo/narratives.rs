//! 案情 as officers type them: with every name, number and address of the lead in the text.
//!
//! Invariant: 80–300 characters, and each identifier of the lead stands in it as it is.

use super::draw::Draw;
use super::places;
use crate::domain::lead::Lead;
use crate::domain::lead::codes::{LeadKind, Sex};
use crate::domain::lead::place::{EventInterval, PlaceRole, Precision};

/// The narrative of a lead whose other fields are filled.
pub(super) fn narrative(lead: &Lead, home: &str, draw: &Draw) -> String {
    let mut text = opening(lead, home, draw);
    for sentence in
        [identity(lead, draw), telephones(lead, draw), relatives(lead), vehicle(lead, draw), care(lead)]
    {
        text.push_str(&sentence);
    }
    for closing in draw.some(CLOSINGS, 3) {
        if text.chars().count() < 130 {
            text.push_str(closing);
        }
    }
    text
}

const CLOSINGS: &[&str] = &[
    "请协查单位核实其身份和去向，有关情况及时反馈。",
    "家属情绪激动，请注意保护隐私，不得向无关人员透露。",
    "当地派出所已立案，专案组正在调取沿途监控。",
    "已比对失踪人员信息，暂未发现吻合记录。",
    "请勿重复询问，避免造成二次伤害。",
];

fn opening(lead: &Lead, home: &str, draw: &Draw) -> String {
    let name = lead.person.names.first().map_or("无名氏", String::as_str);
    draw.pick(templates(lead.kind))
        .replace("{when}", &lead.event.as_ref().map_or_else(|| "日期不详".to_owned(), when))
        .replace("{name}", name)
        .replace("{home}", home)
        .replace("{sex}", if lead.person.sex == Some(Sex::Male) { "男" } else { "女" })
        .replace("{there}", &whereabouts(lead))
}

const fn templates(kind: LeadKind) -> &'static [&'static str] {
    match kind {
        LeadKind::MissingChild => &[
            "{when}，家住{home}的{name}（{sex}）放学后没有回家，同学称看见其被一名陌生女子带走，可能已到{there}。",
            "{when}，{name}（{sex}）在集市玩耍时走失，家住{home}。监控显示其上了一辆面包车，方向为{there}。",
        ],
        LeadKind::MissingAdult => &[
            "{name}（{sex}），住{home}。{when}称外出打工后失去联系，最后一次通话说在{there}。",
            "{when}，{name}（{sex}）跟随自称招工的老乡离家，此后音讯全无，家住{home}，疑在{there}。",
        ],
        LeadKind::SuspectedTrafficking => &[
            "{when}，住{home}的{name}（{sex}）被人以介绍工作为名带离，途经多地，疑被卖至{there}。",
            "侦查发现，{name}（{sex}，{home}人）于{when}被中间人收取彩礼后转送{there}，本人不能自由外出。",
        ],
        LeadKind::PublicTip => &[
            "群众来电举报：{when}，{there}有一户人家突然多出一名{sex}性，自称{name}，老家在{home}。",
            "举报人反映，{name}（{sex}）{when}被人领到{there}，说是从{home}买来的，不让与外人说话。",
        ],
        LeadKind::OnlineClue => &[
            "网络巡查发现，{when}有人发帖“送养”，所附信息为{name}（{sex}），老家{home}，交接地点在{there}。",
            "{when}，某短视频评论中出现求助：我叫{name}（{sex}），家在{home}，现在{there}，想回家。",
        ],
        LeadKind::ChildUnknownOrigin => &[
            "{when}，{there}一名儿童申请落户，监护人无法提供出生证明。孩子（{sex}）小名{name}，可能来自{home}。",
            "{when}，医院接诊一名儿童（{sex}），送医人叫其{name}，称在{there}捡拾，口述老家为{home}，说法前后不一。",
        ],
        LeadKind::UnidentifiedPerson => &[
            "{when}，{there}发现一名流浪{sex}性，不能说清身份，自称{name}，反复提到{home}。",
            "{when}，{there}救助一名{sex}性，不识字，旁人叫其{name}，听口音可能是{home}一带人。",
        ],
        LeadKind::RescuedVictim => &[
            "{when}，{name}（{sex}，{home}人）在{there}被解救，自述被骗后多次转手。",
            "{when}专案组在{there}解救{name}（{sex}），其原住{home}，愿意返回原住地。",
        ],
        LeadKind::KinSearch => &[
            "{name}（{sex}）寻亲：记得自己{when}被带离{home}，后在{there}长大，养父母不愿说明来历。",
            "{when}，{home}一家走失孩子{name}（{sex}）。现有人在{there}反映情况相似，请求核查比对。",
        ],
        LeadKind::Interception => &[
            "紧急协查：{when}，{name}（{sex}，住{home}）被强行带上车，嫌疑人正往{there}方向逃窜。",
            "请沿途堵截：{when}，{name}（{sex}）在{home}被带走，车上三人，预计驶往{there}。",
        ],
    }
}

/// The day of an event as a report writes it.
fn when(event: &EventInterval) -> String {
    let (year, month, day) = (event.from.year(), event.from.month(), event.from.day());
    match event.precision {
        Precision::Day => event.hour.map_or_else(
            || format!("{year}年{month}月{day}日"),
            |hour| format!("{year}年{month}月{day}日{hour}时许"),
        ),
        Precision::Month => format!("{year}年{month}月"),
        Precision::Year => format!("{year}年"),
    }
}

fn whereabouts(lead: &Lead) -> String {
    let last = [PlaceRole::Found, PlaceRole::Destination, PlaceRole::Transit]
        .iter()
        .find_map(|role| lead.places.iter().find(|place| place.role == *role));
    last.map_or_else(|| "外省".to_owned(), |place| places::name(place.code))
}

fn identity(lead: &Lead, draw: &Draw) -> String {
    let nickname = lead.person.names.get(1).map(|name| format!("家里人叫其{name}。")).unwrap_or_default();
    let label = draw.pick(&["身份证号", "公民身份号码", "身份证："]);
    lead.person.id_number.as_ref().map_or_else(|| nickname.clone(), |id| format!("{nickname}{label}{id}。"))
}

fn telephones(lead: &Lead, draw: &Draw) -> String {
    if lead.person.phones.is_empty() {
        return String::new();
    }
    format!("{}{}。", draw.pick(&["本人手机", "电话", "用过的号码"]), lead.person.phones.join("、"))
}

fn relatives(lead: &Lead) -> String {
    let one = |relative: &crate::domain::lead::person::Relative| {
        let phone = relative.phone.as_ref().map(|phone| format!("（{phone}）")).unwrap_or_default();
        format!("{}{}{phone}。", relative.relation.label(), relative.name)
    };
    lead.person.parents.iter().map(one).collect()
}

fn vehicle(lead: &Lead, draw: &Draw) -> String {
    let template =
        draw.pick(&["涉案车辆{plate}。", "目击者记下车牌{plate}。", "所乘车辆车牌为{plate}，白色面包车。"]);
    lead.plate.as_ref().map(|plate| template.replace("{plate}", plate)).unwrap_or_default()
}

fn care(lead: &Lead) -> String {
    let address = lead.person.shelter.as_ref().and_then(|shelter| shelter.address.as_ref());
    address.map(|address| format!("现安置在{address}的救助机构。")).unwrap_or_default()
}
