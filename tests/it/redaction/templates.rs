//! Sentences of police notes, hotline notes and judgments. One half was used to write the rules, the
//! other never.

/// What the sentences are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Case,
    Court,
}

/// The sentences of a style that the rules were (`tuned`) or were not written with.
pub(crate) const fn sentences(style: Style, tuned: bool) -> &'static [&'static str] {
    match (style, tuned) {
        (Style::Case, true) => &CASE_TUNED,
        (Style::Case, false) => &CASE_HELD,
        (Style::Court, true) => &COURT_TUNED,
        (Style::Court, false) => &COURT_HELD,
    }
}

const CASE_TUNED: [&str; 22] = [
    "{DATE}，{PER}（女，{AGE}）到{AGY}求助，称其女{PER}于{DAY}离家后一直未归。",
    "来电人{PER}自述身份证{ID}，现在{ADDR}被人看管，不敢报警。",
    "接警员记录：对方手机{TEL}，自称叫{PER}，声音很小。",
    "该女子真名叫{PER}，{DOB}生，老家在{ADDR}，小时候在{SCH}念过书。",
    "犯罪团伙头目{PER}，绰号“{NICK}”，持有护照{DOC}，常用微信{WX}。",
    "{0}与{PER}系同乡，二人在{ORG}打工时相识。",
    "嫌疑车辆为{PLATE}，车主{PER}，电话{TEL}。",
    "{PER}的银行账户{BANK}于{DATE}收到{AMT}。",
    "孩子小名叫{MILK}，大名{PER}，左耳后有一颗痣，{QTY}。",
    "据{0}交代，人是从{REG}带过来的，中间转了两次车，坐的{TRAIN}。",
    "联系方式：{TEL}、{TEL}；QQ：{QQ}；邮箱{MAIL}。",
    "网名“{NET}”的人在群里发消息，说有女孩要介绍对象。",
    "请{AGY}派员前往{ADDR}核查，案件编号{CASE}。",
    "姓名：{PER}\n性别：女\n身份证号：{ID}\n住址：{ADDR}\n电话：{TEL}\n",
    "{PER}今年{AGE}，{QTY}，穿红色上衣，{DAY}在{REG}汽车站附近走失。",
    "其父{PER}、其母{PER}多年来四处寻找，求助热线{HOT}也打过多次。",
    "{0}说，当时是{PER}和{PER}把她带走的，给了{AMT}。",
    "民警{PER}、{PER}在{LOCAL}将其找到。",
    "经采血比对，{0}与{PER}符合亲生关系。",
    "快递单上的收件人是{PER}，号码{TEL}，地址{ADDR}。",
    "目前{1}情绪稳定，由当地妇联工作人员陪同，后续工作正在进行。",
    "线索来源于群众举报，真实性有待进一步核实，请各单位高度重视。",
];

const CASE_HELD: [&str; 22] = [
    "{DAY}，我所接{PER}报警，其外孙{PER}（乳名{MILK}）在{ADDR}门口玩耍时不见了。",
    "反映人{PER}，联系手机{TEL}，要求保密。",
    "被拐女孩{PER}，籍贯{ADDR}，{DOB}出生，公民身份号码为{ID}。",
    "涉案人员{PER}和{PER}使用{PLATE}轿车，经{REG}逃往外省。",
    "对方让我加他V信{WX}，又发来一个卡号{BANK}，户主写的是{PER}。",
    "我叫{PER}，以前在{ORG}上班，老板{PER}扣了我的证件{DOC}。",
    "经走访邻居{PER}、{PER}等人，证实{0}确有一名来历不明的男孩。",
    "该男孩现在{SCH}上学，改名为{PER}。",
    "通过抖音号{WX}结识的男子自称“{NICK}”，真实姓名{PER}。",
    "人贩子{PER}把孩子以{AMT}卖到{ADDR}的{PER}家。",
    "身份信息：{PER}，{ID}，{TEL}。",
    "{0}之兄{PER}于{DATE}赶到{AGY}辨认。",
    "案号{CASE}，承办人{PER}，办公电话{TEL}。",
    "电子邮箱为{MAIL}，QQ号码{QQ}，昵称{NET}。",
    "解救组由{PER}带队，乘{TRAIN}抵达，次日在{LOCAL}附近布控。",
    "受害妇女{PER}向志愿者{PER}哭诉，说自己被关了{QTY}。",
    "{1}的姐姐{PER}在电话里确认了妹妹的身份，随后拨打了{HOT}。",
    "依照{LAW}，{AGY}对{0}采取刑事强制措施。",
    "户籍资料：{PER}，男，{DOB}出生，住{ADDR}，户口簿编号略。",
    "最后一次通话是{DATE}晚上，{0}说要去{REG}打工。",
    "村民反映，{PER}家里突然多了一个{AGE}左右的孩子。",
    "天气转冷，工作组已为获救人员准备了衣物和药品。",
];

const COURT_TUNED: [&str; 14] = [
    "公诉机关{AGY}。被告人{PER}，男，{DOB}出生于{REG}，汉族，初中文化，农民，住{ADDR}。",
    "因涉嫌犯拐卖妇女罪于{DATE}被刑事拘留，同年被逮捕，现羁押于看守所。",
    "辩护人{PER}，{REG}的执业律师。",
    "{AGY}以{CASE}起诉书指控被告人{0}犯拐卖儿童罪，向本院提起公诉。",
    "经审理查明，{DATE}，被告人{0}伙同{PER}（另案处理）将被害人{PER}拐至{REG}，后以{AMT}卖与{PER}为妻。",
    "证人{PER}的证言，证实{0}曾向其打听买孩子的事情。",
    "被害人{PER}陈述：我被{0}骗到{LOCAL}，手机也被拿走了。",
    "上述事实，被告人{0}在开庭审理过程中亦无异议，并有书证、证人{PER}的证言等证据证实，足以认定。",
    "依照{LAW}之规定，判决如下：被告人{0}犯拐卖妇女罪，判处有期徒刑六年，并处罚金{AMT}。",
    "审判长　{PER}\n人民陪审员　{PER}\n人民陪审员　{PER}\n{DATE}\n书记员　{PER}\n",
    "原告{PER}诉称，被告{PER}于{DATE}借走现金{AMT}，至今未还。",
    "本院认为，被告人{0}以出卖为目的，收买、贩卖儿童，其行为已构成犯罪。",
    "附带民事诉讼原告人{PER}，系被害人{1}之母，住{ADDR}。",
    "被告人{0}归案后如实供述自己的罪行，依法可以从轻处罚。",
];

const COURT_HELD: [&str; 14] = [
    "上诉人（原审被告人）{PER}，曾用名{PER}，女，{DOB}出生，身份证号码{ID}，无业，户籍地{ADDR}。",
    "原审法院认定，{DATE}晚，{0}受{PER}指使，驾驶{PLATE}号面包车将{PER}、{PER}二人接至{LOCAL}。",
    "法定代理人{PER}，系被害人{PER}的父亲。",
    "委托诉讼代理人：{PER}，{REG}法律援助中心律师。",
    "申请执行人{PER}与被执行人{PER}抚养费纠纷一案，{CASE}民事判决书已发生法律效力。",
    "{0}上诉提出，其系从犯，{PER}才是组织者，原判量刑过重。",
    "经查，{0}收取{PER}人民币后，将女婴交由{PER}抚养。",
    "辨认笔录证实，{PER}辨认出{0}就是将其带走的人。",
    "银行交易明细证实，{PER}尾号账户{BANK}于{DATE}转入{AMT}。",
    "本案由审判员{PER}适用简易程序，于{DATE}公开开庭，检察员{PER}出庭履行职务。",
    "裁定如下：驳回上诉，维持原判。本裁定为终审裁定。",
    "依据{LAW}，{AGY}建议对{0}判处有期徒刑八年。",
    "代理审判员 {PER}\n法官助理 {PER}\n书 记 员 {PER}\n",
    "鉴定意见证实，{PER}与{PER}、{PER}存在生物学亲子关系。",
];
