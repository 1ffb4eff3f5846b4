//! The invented persons' names: those that the rules were written with, and others for what is held back.
//! Synthetic persons only.

/// Parts of names, parted by blanks; single characters without.
pub(crate) struct Names {
    pub(crate) surnames: &'static str,
    pub(crate) given: &'static str,
    pub(crate) compound: &'static str,
    pub(crate) dotted: [&'static str; 2],
    pub(crate) tibetan: [&'static str; 2],
    pub(crate) yi: [&'static str; 2],
    /// Common words that people bear as names.
    pub(crate) words: &'static str,
    pub(crate) vietnamese: [&'static str; 2],
    pub(crate) latin: [&'static str; 2],
    pub(crate) foreign: &'static str,
    pub(crate) nicks: &'static str,
    pub(crate) milk: &'static str,
}

/// Names that the rules were written with.
pub(crate) static TUNED: Names = Names {
    surnames: "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧关甘祝包左柳温符阮祁申",
    given: "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰萍红玲建国文斌宇浩凯健俊帆雪琳晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑婕馨瑗琰韵融园艺咏卿聪澜纯毓悦昭冰爽琬茗羽希宁欣飘育滢馥筠柔竹霭凝晓欢霄枫芸菲寒伊亚宜可姬舒影荔枝思丽振壮群翔旭坤义才发武新利清飞彬富顺信子永健世广志义兴良海山仁波宁贵福生龙元全国胜学祥改",
    compound: "欧阳 上官 司徒 诸葛 慕容 令狐 皇甫 夏侯 尉迟 公孙 东方",
    dotted: [
        "阿卜杜拉· 买买提· 古丽娜尔· 艾合买提· 热娜· 玛依拉· 努尔兰· 迪丽努尔·",
        "吐尔逊 卡德尔 亚森 依米提 玉苏普 赛买提 哈力克",
    ],
    tibetan: [
        "洛桑 旦增 央金 格桑 仁青 索朗 德吉 白玛 次旦 嘎玛 土登 阿旺",
        "卓玛 次仁 平措 拉姆 多吉 旺姆 曲珍 顿珠 央吉 班觉 曲扎 桑珠",
    ],
    yi: [
        "沙马 吉木 俄木 莫色 海来 阿约 曲木 沙玛 罗洪 阿侯 金曲",
        "阿呷 尔古 子布 石呷 伍果 拉日 木果 史布 拉且 达铁 日哈",
    ],
    words: "高兴 安全 黄金 常青 白露 马达 万年 金山 方圆 康乐 温和 江山 明亮 雷达 石头 向前 苏醒 周密 江河 田园",
    vietnamese: ["阮氏 陈氏 黎氏 范氏 武氏 裴氏", "秋 红 梅 香 兰 玉 莺 芳"],
    latin: [
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou",
        "Xiaomei Jianguo Weiqiang Yulan Chunhua Dehua Guilan Haitao",
    ],
    foreign: "Nguyen_Thi_Lan Le_Van_Hung Maria_Santos Peter_Miller Sok_Dara Aung_Min",
    nicks: "大嘴 老歪 二愣子 铁蛋 三姐 黑牛 阿飞 花姐 豆芽 老板娘儿",
    milk: "妞妞 铛铛 丫丫 团团 圆圆 石头 毛豆 果果",
};

/// Names that taught no rule.
pub(crate) static HELD: Names = Names {
    surnames: "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾倪施屠季麻章梅盛刁骆樊霍虞裴翟柴瞿阎柯连解饶鲁聂晏窦辛冉戚邢宫游栾苗应葛岑费廉滕殷毕安乐于时傅皮卞齐伍卜翁荆惠甄曲封储靳汲井富巫焦牧谷车蓬",
    given: "鹏亮鑫岩松林峰波辉斌莲巧巧春腊引招四喜来弟小燕满仓拴柱锁大二妮香诗琪欣梓萱俊熙远轩宸雨泽涵然浩子睿博翰哲钧铭鸿谦恒嘉诚德忠孝礼智廷树根土水火木运财禄寿栋梁材钢铁锋锐淑贞惠芬娟翠珍凤仙美爱菊素云彩连月花朵苗",
    compound: "司马 端木 独孤 西门 南宫 呼延 钟离 宇文 长孙 申屠 闻人",
    dotted: [
        "艾尔肯· 帕提曼· 吐尔逊江· 阿依古丽· 木拉提· 祖丽胡玛尔· 塔依尔·",
        "买合木提 阿不都热合曼 尼亚孜 居马洪 库尔班 艾买尔 肉孜",
    ],
    tibetan: ["扎西 丹增 巴桑 尼玛 边巴 达瓦 贡布", "罗布 卓嘎 欧珠 群宗 伦珠 央宗 加措"],
    yi: ["阿苦 马海 吉克 勒格 阿的 木乃", "有呷 曲布 木沙 阿支 尔哈 布铁"],
    words: "高峰 张扬 白雪 万里 黄河 安宁 平凡 成功 高远 雷鸣 田野 方正 石林 金星 黎明 时光",
    vietnamese: ["邓氏 黄氏 胡氏 潘氏 杜氏 吴氏", "恒 娥 雪 蓉 清 贤 草 云"],
    latin: [
        "Sun Ma Zhu Hu Guo Lin Luo Zheng Xie Tang",
        "Aihua Yongqiang Shuzhen Xiuying Mingming Lihong Dawei Fengxia",
    ],
    foreign: "Tran_Van_Duc Pham_Thi_Hoa Ana_Reyes John_Walker Chan_Sophea Thant_Zin",
    nicks: "大头 歪嘴 麻子 三毛 五哥 狗剩 阿彪 红姐 瘦猴 二掌柜",
    milk: "乐乐 铃铛 苗苗 仔仔 芽芽 虎子 豆包 糖糖",
};
