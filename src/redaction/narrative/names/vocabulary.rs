//! The words of the language and the characters of given names, with their costs in quarter nats.
//!
//! Sources and licences: `../data/README.md`.

use std::sync::LazyLock;

use super::super::lexicon::Lexicon;

/// The cost of a character that is no word of its own.
pub(super) const UNKNOWN: i32 = 64;
/// The cost of a character that given names rarely have.
pub(super) const RARE: i32 = 52;

/// Words of one to four characters.
pub(super) static WORDS: LazyLock<Lexicon<i32>> =
    LazyLock::new(|| read(&[EXTRA, include_str!("../data/words.txt")]));
/// Characters of given names.
pub(super) static GIVEN: LazyLock<Lexicon<i32>> =
    LazyLock::new(|| read(&[include_str!("../data/given.txt")]));

/// Words of reports that the dictionary lacks.
const EXTRA: &str = "30\t原系 服判 曾托 曾向 生的 欲收买 商定 二人 两人 三人 四人 五人 数人 多人 才是 扣了 扣押 尾号为 原审 一审 二审 再审 尾号 交由 抚养费 辨认出 接至 陈述 左耳 左手 左臂 左眼 左腿 左脸 左脚 左右 右手 买方 卖方 彩礼 文盲 诉称 辩称 供称 曾经 曾因 曾于 曾是 曾在 曾被 曾与 曾有 曾为 曾任 曾将 曾对 发的 发来 发给 发到 发出 发现\n36\t嫌疑人 被害人 受害人 报案人 被拐 打拐 反拐 拐卖 解救 民警 侦办 立案 供述 微信 手机号 面包车 被告人 公诉 公安机关 该案 该犯 该名 该局 \
    另案 经查 查明 现查明 现住 户籍地 身份证 走失 看管 安置 移交 认亲 比对 采血 入库 人贩子 涉嫌 通报 联系人 知情人 征集 线索 串并 上线 下线 买家 卖家 收买 \
    亲生 亲子 生父 生母 养父 养母 继父 继母 婴儿 女婴 男婴 女童 男童 幼童 孩子 儿童 妇女 嫌犯 主犯 从犯 同伙 同案 在逃 落网 抓获 归案 取保 候审 刑拘 批捕 移送 起诉\n\
    40\t马上 黄金周 白天 向来 常年 常住 于是 和平 时任 时年 时许 安置点 安全 经审 经鉴定 曾因 曾于 曾用名 现羁押 康复 文明 明白 令人 小姐 道德 荣誉 胡同 玉米 师傅 权威 光荣 封锁 顾客 公正 宝贝 师范 保健 谢谢 周转 诸如 老汉 荣获 温泉 陈列 小康 关怀 体操 胡说 宁静 养老 安抚 许可 崇高 容纳 \
    杜绝 卓越 祝贺 慈善 保姆 过敏 沙滩 孤儿 麻木 弘扬 巴掌 安危 朴素 立功 廉政 周旋 田园 高薪 殷勤 祝福 拓宽 施政 祥和 科普 权衡 麻醉 周全 毛发 晋升 晋级 静静 从政 慕名 修正 胡闹 黑客 敬仰 童工 童心 童年 \
    寻人 高喊 巾帼 嫖娼 工信 网信 卫健 中小学 双随机 妇女儿童 未成年 勒索 凌辱 冷静 冷汗 冷笑 师生 师兄 老公 老婆 老总 子女 子孙 祖宗 祖母 岳父 岳母 伯父 伯母 孙女 孙子 外孙 曾孙 平添 单双 高坡 高潮 高耸 空旷 \
    边远 雷雨 暴雨 温顺 何谓 何干 付诸 易懂 关照 别提 毋宁 宁可 宁肯 扬言 张贴 张望 张嘴 张口 张开 陈旧 陈设 郎中 莫测 盖章 盖子 毛驴 马匹 牛马 鱼雷 容颜 言辞 言语 谢意 巧遇 麻利 塞满 满怀 满堂 连同 从军 从师 索引 \
    量刑 合议庭 合议 控辩 述称 检举 宣读 素不相识 伙同 预谋 抗诉 公诉 自诉 上诉 申诉 翻供 认罪 悔罪 退赃 退赔 缓刑 累犯 缴纳 羁押 捕前 案发 讯问 询问 传唤 拘传 鉴定 勘验 笔录 采信 采纳 佐证 \
    印证 供认 不讳 独任 陪审 宣判 送达 撤诉 抚养 赡养 监护 收养 领养 过继 认领 签收 接站 护送 送返 劝返 走访 摸排 研判 核查 落户 入户 户籍 辍学 失学 复学 家访 班主任 留守 寄养 回访 帮扶 低保 困境 公益 公开 公示 公告 \
    妇女主任 巩固 管控 督导 淫秽 团圆 刚来 \
    于同日 于当日 于次日 同日 当日 次日 包车 \
    付定金 付款 付给 付清 付钱 付出 老母 老父 原本 所提 不信 不服 其妹 其姐 其兄 其弟 其父 其母 其妻 其子 其女 前阵子 发放 主张其 定金 有期 有期徒刑 \
    金项链 金戒指 金手镯 金耳环 金首饰 银行卡 小包 小袋 小瓶 小区 小学 小时 大包 大袋 东向西 西向东 南向北 北向南 由东向西 由西向东 由南向北 由北向南 东北 西北 好逸恶劳 游手好闲 扼颈 钱其实 车程 车牌 车况 \
    支支吾吾 东拼西凑 碾轧 姘居 奉养 随母 自幼 年老 多病 年老多病 纠集 晓得 都晓得 改嫁 庭后 先张 领来 无证 答辩 书写 购进 \
    路口 关押 石料 成年 成立 全部 应当 温州 明知 单独 方式 方法 严重 程度 连夜 后经 后于 后因 后被 并被 并将 并于 又将 再次 多次 先后 随后 之后 期间 此前 查获 \
    别名 乳名 小名 绰号 外号 化名 自称 谎称 冒充 以为 以便 和解 何时 何地 何人 任何 如何 常驻 时间段 左右 许久 查询 查找 查看 查证 解除 解释 管制 管辖 管理\n";

/// Words that begin like a name and are none, even behind a role.
const NEVER: &str = "小车 小年 小叔 小路 老挝 老板 老家 阿婆 寻子 干亲 干妈 干爹 黄瓜 相约 砸门 查清 查获 轿车 客服 电商 顺延 殷实 都大 买糖 毛线 那边 宣读 宣布 宣告 宣判 牟利 牟取 支吾 支支 支取 信里 信中 房东 门卫 乘警 相看 家门 随母 随口 自幼 年老 单上 单里 曾托 神志 国内外 公民 童工 单位 中小学 刚来 刚到 刚从 原审 原判 原系 原籍 原名 原为 高中 初审 二审 再审 终审 申请 应诉 应予 应以 应由 管辖 管教 常年 常常 常住 向来 向其 向他 向她 向被 向我 应当 应该 当时 时常 时任 时年 马上 从未 从小 从事 于是 于当 于次 成功 成为 成立 全部 全家 全程 何时 何地 何人 关押 关于 \
    解救 解除 管理 管制 包括 计划 经常 经过 经人 经查 别人 和其 由于 方面 方才 单独 连夜 连续 连同 都是 都被 明知 明确 相互 相识 步行 严重 符合 支付 施以 终于 归案 归还 乘坐 乘车 陈述 左右 \
    左手 左耳 左臂 左眼 左腿 买方 卖方 彩礼 曾经 曾因 曾于 曾被 曾向 曾在 曾与 曾用 曾多 安置 安排 安全地 幸亏 居住 居然 都在 都有 都说 那天 那个 那里 但是 但因 言行 花费 花钱 游玩 路过 路上 路人 冷静 支持 \
    温饱 平时 平安 通过 通知 通话 时间 水果 牛奶 石料 黄色 白色 红色 蓝色 黑色 金额 金融 万元 千元 万余 党员 党委 家人 家属 家中 家里 家住 车上 车内 车辆 车站 国家 国际 司机 司法 干部 干活 习惯 农民 农村 农历 \
    满意 满月 充分 充当 充电 池塘 简单 简称 后来 后被 后经 后因 后将 相关 计算 初中 初步 晚上 文化 文盲 文书 文件 武装 毛衣 毛巾 米色 皮肤 皮包 项链 项目 戒指 钟头 钱款 钱财 钱包 和解 和好 和她 和他";
/// Words that people bear as names and that reports seldom use.
const BORNE: &str = "万里 黄河 安宁 江山 江海 江河 高峰 高原 高山 黎明 白雪 白云 白露 常青 金山 金星 金石 马达 马力 雷鸣 雷达 雷雨 雷霆 田野 田园 方圆 方正 方舟 向阳 向前 向东 向荣 温和 温柔 \
    温馨 康乐 康宁 安康 安乐 明亮 明珠 明月 文静 文雅 华丽 华美 华夏 华山 平凡 万年 万山 万象 万方 万代 石林 石山 石头 梅花 兰花 柳絮 苗条 童话 谷雨 夏天 夏雨 夏至 汪洋 洪流 洪亮 盛夏 盛开 盛世 高洁 高远 \
    高歌 高强 高升 高昂 高尚 高明 高雅 连胜 齐心 和谐 和睦 和煦 和顺 和美 龙腾 龙凤 凤凰 金凤 金银 金玉 金秋 阳光 阳春 乐天 乐观 成才 成就 宁静 安静 安然 安逸 安详 严明 庄严 庄重 常胜 常乐 强盛 单纯 温暖 \
    关爱 胡杨 江湖 白杨 白桦 黄金 红旗 红星 红梅 丹青 古典 古风 景色 景象 国庆 国光 黄山 柏林 成功 雷电 顾盼 苏醒 宋词 唐诗 牛奶 牛郎 马良 马蹄 石榴 花朵 夏荷 秋月 时光 时尚 方向 方程 温泉 康健 卓越 卓然 辛勤 和平 国庆 解放 海洋 平安 庄严 张扬 安心 高兴 万里 海天 海燕 海潮 向明 石英 云海 云南 白石 白玉 \
    金刚 金花 金童 金丹 全胜 全能 明智 明灯 晋江 高洁 龙舟 龙井 龙虎 雷达 雷电 钟爱 钟意 贺喜 \
    米兰 花香 花蕾 林海 柏树 江河 江水 湖光 汪汪 和气 和善 丰收 富强 富贵 荣耀 秋色 \
    文才 文采 文华 文艺 史诗 柴火 连心 木兰 安全 平静 鲜明 秋天 文章 平生 卫国 简洁 简明 海滨 海宁 冷风 秋实 丰美 甘露 温润 和乐 黄花 红花 江南 江东 白金 红军 卫兵 \
    高贵 水晶 水仙 平定 常春 丰盛 冷艳 明净 明媚 晴朗 乐意 向往 向上 欢乐 欢喜 欢欣 喜庆 喜悦 祥瑞 安好 安稳 康泰 伏羲 陶冶 池水 海涛 \
    幸运 包容 雷同 严肃 通达 公道 苗圃 葛根 白鸽 白杨 黄莺 黄鹂 钟声 金鱼 金牛 马虎 牛皮";
/// The same, to be found in a text.
pub(super) static BORNES: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), BORNE)]));

/// Whether `word` is one that is a name where a person may stand.
pub(super) fn is_borne(word: &[char]) -> bool {
    BORNES.find(word).is_some()
}

static NEVERS: LazyLock<Lexicon<()>> = LazyLock::new(|| Lexicon::of(&[((), NEVER)]));

/// Whether `word` is one that is never a name.
pub(super) fn is_never(word: &[char]) -> bool {
    NEVERS.find(word).is_some()
}

fn read(files: &[&'static str]) -> Lexicon<i32> {
    let lines = files.iter().flat_map(|file| file.lines());
    Lexicon::from_words(lines.filter_map(|line| line.split_once('\t')).flat_map(|(cost, words)| {
        let cost = cost.trim().parse().unwrap_or(UNKNOWN);
        words.split_whitespace().map(move |word| (word, cost))
    }))
}
