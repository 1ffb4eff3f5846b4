"""Invented narratives with their person names marked: the training and the held-back text of tagger.py.

Names are composed here from surname lists, given-name characters and syllables of several languages;
nobody is meant. Sentences come from tagger_templates.txt, ordinary words from the word list of jieba.
"""
import pathlib
import random
import re
import zlib

HERE = pathlib.Path(__file__).parent
COMMON = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
RARE = "康赖易乔文庞樊兰殷施洪颜倪温芦俞章鲁葛韩岳齐梅辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽邢帅缪亓仲尚农印明荣相粟麻应危言闻邰沙満占尤虞英敬令巫乐邝佟荆寇羊楚郦雍璩暴国平安步昝储和宗丛银水云布随宿库修门信由伏展才禹皮锺原巴宏红哈勾弓衣那开生祖逄初税慕贝沃海笪"
COMPOUND = "欧阳 上官 诸葛 司马 司徒 皇甫 尉迟 长孙 慕容 令狐 夏侯 轩辕 端木 东方 独孤 南宫 公孙 闻人 申屠 宇文 呼延 西门 百里 东郭 澹台 公冶 宗政 濮阳 淳于 单于 太叔 仲孙 钟离 鲜于 闾丘 亓官 司寇 巫马 公西 壤驷 公良 拓跋 夹谷 宰父 谷梁 段干 左丘 东门 第五 梁丘 完颜 叶赫 纳兰 赫连".split()
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建华国玉红春梅云海燕波志金凤林龙飞鹏斌浩宇欣怡子梓轩涵雨晨阳俊晓雪婷琳佳颖慧莉萍玲珍香莲菊翠琴琼荣富贵福财生根宝发旺祥瑞康健安宁德义仁信忠诚孝廉光宗耀祖世家兴邦振东南西北中山川江河湖水火土木石松柏竹菊荷花桃杏李柳杨枫桐楠森彬博学才思远达通智勇武威豪雄毅坚恒永长久新天星月日辰晶旭昊昌盛茂繁丰良善美好乐欢喜庆吉顺利成功胜立业万千百亿元亨贞礼乾坤震泽洪济源清澄洁冰霜露露珠翡碧瑾瑜璐瑶琪琦琛珂珊瑞瑛璇嘉乐可心爱惠淑贤婉柔娴雅诗书画韵梦蝶彩虹霞霓裳素青蓝紫丹彤朱绿白黑双全仲伯叔季启明开来运承继绍先志向前进步高升腾达跃鸣凯旋征程航舟帆卫民国栋梁材友朋亲邻守本固善存放改革保爱援朝抗美跃进文革卫星连运粉妹女娃妮儿丫招弟来弟盼娣转引带换多余够满小大二三四五六七八九十幺老亚阿伊依尔曼丝娅妍嫣婵娥姣妙姗姝婧媛媚冬秋夏菲蓉蓓蕾薇芸芝芬芹苗茹茜莎莹菁萌葵蔓兵炎炜焕煜熙烨灿焱泉润涌淼渊瀚潇鸿雁鹤鹰凰麒麟骏驰骥驹虎豹狮牛羊犬鸡猴蛇鼠兔斗魁奎昭晖晔晗暄曦曼朗望朝期权杭栓柱桥梓棋楷槐榕樱欣歆毓沁沛沐泓泰洛浦润淳添渝溪滢漫炳煌熠爽牧献玄玥珏理琰甜畅皓盈睿矗硕磊祺祯禄禹秉科程稳穗立竣章端笑筱策筠紫纯纲绪维绮缘羽翔翰耕聪育胤腾舒良艺艾芃芮若英茵荔莺菡萱董蒙蓝虹融行衍裕西言誉谦豫贝贞贤赫超越跃轶辅辉达运迪迎逸遥邦郁金钊钢钦钧铁铭银锋锐锦镇镕长闯闻阔雁雄雅雍雯雷霁霄霆霖靖静韬韶音顶项顺颂颐颜风馨香驰高鲁黎鼎齐"
TIBETAN_A = "扎西 次仁 洛桑 卓玛 丹增 尼玛 达瓦 格桑 边巴 巴桑 索朗 旦增 多吉 普布 仁青 平措 贡布 桑杰 才让 才旦 央金 德吉 拉姆 强巴 土登 阿旺 旺堆 白玛 嘎玛 加央 罗布 米玛 拉巴 扎巴 更登 华旦 东智 完玛 周毛 拉毛 卓嘎 曲珍 群培 顿珠 旺姆 措姆 益西 曲扎 坚参 江村 泽仁 拥忠 四郎 布初 绕登 热旦 俄金 斯朗 曲措 赤列 云丹 晋美 吉美 贡嘎 其美 央宗 琼达 南加 欧珠 伦珠 朗杰 次旦 桑珠 玉珍 巴珍 仓决 白珍".split()
YI_A = "吉克 曲比 沙马 阿尔 马海 阿的 吉木 阿苏 俄木 海来 木乃 勒格 加巴 罗洪 阿约 吉狄 巴莫 阿侯 的日 阿库 瓦扎 果基 阿鲁 苏呷 石一 孙子 毛卡 杰觉 什布 比布 尔古 恩扎".split()
YI_B = "伍加 木呷 日且 石布 阿牛 阿呷 木支 拉者 尔布 伍各 史古 曲布 有且 子呷 日古 阿支 木牛 阿英 小龙 小兵 阿依 布哈 扯布 石者 伍牛 尔史 木各 日呷 尔体 阿洛 么色 古以 阿果 伍来 哈木".split()
UYGHUR_M = "买买提 艾山 吐尔逊 玉素甫 阿卜杜拉 依明 阿不都热合曼 艾尔肯 库尔班 麦麦提 热合曼 木合塔尔 吾布力 肉孜 艾合买提 图尔荪 阿迪力 亚森 努尔麦麦提 卡德尔 伊力哈木 帕尔哈提 居马 托合提 阿布都拉 塔依尔 巴图尔 赛买提 喀迪尔 如则 阿卜力孜 斯迪克 约麦尔 萨迪克 依布拉音 穆萨 江布尔 叶尔肯 别克 哈力克 加尔肯 赛力克".split()
UYGHUR_F = "古丽 阿依古丽 古丽娜尔 热依汗古丽 帕提古丽 阿孜古丽 古丽巴哈尔 茹仙古丽 努尔古丽 麦热木 阿米娜 热孜万 祖丽胡玛尔 迪丽达尔 阿依夏木 布威海丽切姆 吐尼萨 帕蒂曼 哈丽旦 再乃普 米热古丽 阿曼古丽 左热姆 玛依拉 沙吾列 加依娜 巴合提古丽 图尔荪古丽 海日古丽 曼孜热".split()
MONGOL = "巴特尔 其其格 乌云 苏日娜 格日勒 阿拉坦 那仁 哈斯 乌兰 朝鲁 宝音 布和 额尔敦 萨仁 高娃 图雅 娜仁 呼和 斯琴 塔娜 敖登 青格勒 巴雅尔 孟和 乌日娜 德力格尔 特木尔 苏和 包力高 赛罕 托娅 格根 朝克图 牧仁 巴根 吉日格拉 胡日查 满都拉 阿古拉 琪琪格".split()
THAI_LAO = "岩温 岩罕 岩香 玉波 玉罕 玉香叫 岩叫 玉应 岩恩 玉旺 岩吨 玉儿 岩三 玉光".split()
FOREIGN_A = "玛 昂 杜 貌 尼 丁 钦 敏 索 妙 温 翁 瑞 丹 苏 特 尼拉 泰 登 拉 宾 萨 颂 波 披 通 坎 本 西 占 蒙 桑 索卡 达 罗 玛丽 安娜 卡 迈克 约翰 大卫 彼得 伊万 索菲 艾琳 凯 菲 尼娜 莱 塔 詹姆 罗伯 戴 史密 布朗 琼 威廉 托马 马克 卢卡 阿里 穆罕 哈桑 法蒂 拉希 库马 辛 沙尔 普拉 迪帕 苏尼".split()
FOREIGN_B = "丁 丹 昂 温 敏 吞 莫 伦 貌 埃 梭 亚 娜 尼 森 斯 特 德 尔 拉 玛 莎 克 瓦 丽 里 姆 文 托 卡 昆 猜 提 蓬 差 帕 南 妮 雅 默德 娅 逊 顿 利 可娃 维奇 诺夫 什 达 奇 雷".split()
VIET = ["阮", "黎", "范", "陈", "武", "裴", "邓", "杜", "胡", "黄", "潘", "吴"]
SYLLABLE = "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang wei fang na min jing qiang lei jun yong yan jie juan tao ming chao xia ping gang gui hong hua jian yu xiao hai bo zhi lan feng mei qiu yun long fei peng bin hao xin yi zi ling zhen xiang qin rong fu sheng bao".split()
LATIN = "John Mary David Maria Peter Anna James Linda Robert Ivan Olga Ahmed Fatima Raj Sunita Kumar Smith Brown Johnson Garcia Santos Lopez Nguyen Tran Pham Le Hoang Vu Thi Van Hoa Lan Huong Nam Minh Tuan Aung Kyaw Htun Su Mya Win Than Soe Ko Daw Somchai Malee Chai Phet Bounmy Sok Dara Chan Sophea Rattana Dewi Siti Budi Park Kim Choi Lee Sato Tanaka Elena Petrov Natalia Ruiz Jose Luis Carmen Rosa Michael Sarah Emily Thapa Gurung Maya Bahadur Abdul Khan Hussain".split()
ALIAS = "大头 光头 刀疤 黑皮 胡子 眼镜 矮子 胖子 瘦猴 老三 老四 四妹 三姐 六叔 九哥 二狗 铁蛋 黑子 麻子 独眼 瘸子 哑巴 大个子 小个子 秃子 歪嘴 豁牙 大嘴 黄毛 红毛 长毛 阿飞 阿鬼 阿炳 山鸡 泥鳅 老鼠 猴子 狗剩 石头 木头 砖头 火车 高脚 竹竿 冬瓜 南瓜 土豆 辣椒 豆腐 包子 馒头 烧饼 油条 花姐 红姐 梅姨 兰姨 霞姐 云姑 大姑 二婶 三婶 四川妹 贵州婆 湖南佬 东北虎 河南仔 广西仔 云南王 大宝 小宝 老板娘 妖妹 疯子 神仙 道士 和尚 尼姑 师傅 军师 司令 团长 排骨 肥仔 靓仔 傻强 大炮 小炮 炮仗 炸弹 飞刀 鱼头 虾米 螃蟹 乌龟 公鸡 麻雀 喜鹊 乌鸦 老鹰 黑熊 豹子 狼狗 大象 骆驼 草鱼 耗子 刺猬 蚂蚁 蜈蚣 蝎子 随缘 清风 孤狼 天涯 浪子 大佬 老大 二哥 三爷 五嫂 七婆 八戒 悟空".split()
MILK = "妞妞 豆豆 毛毛 乐乐 壮壮 宝宝 贝贝 丫丫 蛋蛋 牛牛 虎虎 圆圆 甜甜 朵朵 果果 球球 点点 多多 亮亮 明明 强强 军军 兵兵 芳芳 丽丽 婷婷 娟娟 玲玲 晶晶 莹莹 蕾蕾 涛涛 浩浩 洋洋 阳阳 欢欢 笑笑 安安 康康 平平 小宝 大宝 二宝 小虎 小龙 石头 铁蛋 狗娃 狗蛋 丫头 妮子 幺妹 幺儿 三娃 二妮 大妮 四丫 招弟 来弟 小花 小草 小雨 小雪 小燕 小芳 柱子 栓子 根娃 毛蛋 娃娃 闹闹 元宝 团团 糖糖 米粒 可乐 汤圆 包子".split()
WORDY = "高兴 安全 黄金 马上 白天 方向 田地 毛病 于是 任何 金额 时间 常青 万里 张扬 白雪 安宁 黄河 高峰 文明 向阳 成功 曾经 江山 平安 温暖 万一 明白 安静 项目 简单 司机 石头 高明 高远 高原 白云 白杨 方圆 方正 方便 江河 江南 金星 金龙 金山 石磊 石油 马力 马达 马路 牛群 龙飞 云飞 夏天 秋天 秋雨 冬梅 谷雨 谷子 田野 田园 水利 水仙 雷雨 雷达 雷霆 温和 温柔 温泉 和平 和谐 欢乐 乐观 甘甜 甘露 杨柳 杨梅 梅花 桂花 兰花 花朵 花蕾 丁香 宁静 宁愿 安心 安康 安定 严格 严肃 严明 周到 周密 周正 常胜 常乐 成长 成才 程度 路程 路遥 解放 解决 游泳 游行 华丽 华夏 荣光 荣耀 国强 国庆 建国 建设 卫国 卫星 爱国 爱民 胜利 强大 明亮 明星 光明 光荣 晴天 晴朗 蓝天 蓝图 海洋 海燕 洪亮 洪水 池水 苗条 苗圃 农民 农忙 应该 项链 支持 计划 计算 纪念 纪律 管理 管道 符合 盛大 盛开 齐心 齐全 尚可 边防 别致 时光 时髦 易行 容易 连胜 全胜 全面 鲁班 英明 英雄 东升 关心 关键 关山 党性 党恩 单纯 单一 舒心 舒适 展望 展翅 宏伟 宏图 贺喜 贺词 车到 经纬 麦田 麦收 米香 米粉 房东 房梁 柴火 燕子 燕京 凌云 凌晨 冷静 冷风 祝福 祝贺 牧童 郎才 景色 景象 阳光 阳春 银河 银行 戴德 谢谢 谢意 许可 许诺 武器 武术 顾问 顾虑 孟春 赖皮 申请 申明 左右 左手 辛苦 辛勤 童年 童话 章程 章节".split()
STREETS = "人民 建设 解放 中山 和平 新华 文化 学院 滨江 长江 黄河 迎宾 幸福 光明 朝阳 青年 胜利 友谊 兴隆 民主 红旗 环城 工业 站前 湖滨 富强 振兴 康乐 団结 南京 北京 上海".replace("団", "团").split()
VILLAGES = "王家 李家 张家 刘家 陈家 赵家 石桥 龙潭 大湾 新民 红旗 向阳 茶园 柳树 杨家 白马 青山 清水 黄泥 马家 周家 高坡 三岔 双河 下坝 上河 牛角 桃花 枫树 槐树 老鹰 石门 沙河 前进 团结 光荣 大石 小河 塘边 岭上 田心 罗家 胡家 沈家".split()
BRANDS = "鑫源 永兴 华顺 顺发 金辉 宏达 天悦 恒通 盛世 佳美 富源 福满楼 兴旺 鸿运 长城 东方 华丽 美丽 新世纪 蓝天 金色年华 万家 百姓 联发 同心 锦绣 瑞丰 凯旋 大众 好运来 老地方 春晖 四海 金鑫 旺角 红太阳 龙凤 如意 吉祥 明珠 创新 精诚 广源 丰达 远大 海天 金凯 亿达".split()
TRADES = "电子厂 服装厂 鞋厂 鞋业有限公司 劳务派遣有限公司 大酒店 饭店 足浴店 美发店 网吧 超市 旅馆 招待所 宾馆 砖厂 玩具厂 家具厂 纺织厂 五金厂 食品有限公司 贸易有限公司 物流公司 建筑工程有限公司 家政服务中心 职业介绍所 律师事务所 KTV 洗浴中心 茶楼 诊所 医院 药店 修理厂 养殖场 煤矿 水泥厂 科技有限公司 商行 快餐店 烧烤店 幼儿园 培训学校".split()
AGENCY = "公安局 公安局刑侦大队 公安局打拐办 公安分局 派出所 人民检察院 人民法院 中级人民法院 民政局 救助管理站 妇女联合会 看守所 监狱 司法局 出入境管理局 儿童福利院 公安厅".split()
NATIONS = "汉族 苗族 壮族 彝族 藏族 回族 土家族 布依族 侗族 瑶族 白族 傣族 哈尼族 维吾尔族 蒙古族 朝鲜族 满族 黎族 佤族".split()
LAWS = ["《中华人民共和国刑法》第二百四十条", "《中华人民共和国刑法》第二百四十一条第一款", "《中华人民共和国刑事诉讼法》第二百三十六条", "《中华人民共和国未成年人保护法》第五十四条", "《中华人民共和国反家庭暴力法》", "《中华人民共和国民法典》第一千零五十二条", "最高人民法院《关于审理拐卖妇女儿童犯罪案件具体应用法律若干问题的解释》"]
ABBR = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
KIN = "父亲 母亲 丈夫 妻子 儿子 女儿 哥哥 姐姐 弟弟 妹妹 爷爷 奶奶 外公 外婆 舅舅 舅妈 姑姑 姑父 姨妈 姨父 叔叔 婶婶 伯父 伯母 堂哥 堂弟 堂姐 堂妹 表哥 表弟 表姐 表妹 嫂子 弟媳 姐夫 妹夫 岳父 岳母 公公 婆婆 女婿 儿媳 侄子 侄女 外甥 外甥女 孙子 孙女 外孙 养父 养母 继父 继母 生父 生母 前夫 前妻 男友 女友 未婚夫 情人 老乡 邻居 同学 同事 工友 朋友 房东 老板 师傅 徒弟 老公 老婆 爸爸 妈妈 爹 娘 孩子他爸 孩子他妈 姑表兄妹 姨表姐妹 堂兄弟 夫妻 父女 母子 亲家 干爹 干女儿 继女 养女 同伙 上线 下线 媒人 中间人 买家 司机 村民 店主 护士 接生婆 班主任 网友 室友 亲戚 熟人".split()
CRIMES = "拐卖妇女 拐卖儿童 拐卖妇女、儿童 拐骗儿童 收买被拐卖的妇女 收买被拐卖的儿童 强奸 猥亵儿童 强迫卖淫 组织卖淫 介绍卖淫 容留卖淫 非法拘禁 绑架 诈骗 盗窃 抢劫 故意伤害 故意杀人 遗弃 虐待 妨害公务 窝藏 包庇 偷越国境 组织他人偷越国境 运送他人偷越国境 伪造证件 敲诈勒索 寻衅滋事 贩卖毒品 赌博 重婚 交通肇事".split()
TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


class Words:
    """Ordinary words by part of speech, and those that begin with a surname."""

    def __init__(self, lines, surnames):
        self.by_class = {"n": [], "v": [], "a": [], "s": [], "v1": [], "d1": [], "n1": [], "d": [], "i": []}
        weights = {k: [] for k in self.by_class}
        self.known = set()
        for line in lines:
            word, count, pos = line.split(" ")
            count = int(count)
            if len(word) == 1 and count > 2000 and pos in ("v", "d", "p", "c", "n", "f", "q"):
                kind = {"v": "v1", "n": "n1", "q": "n1", "f": "n1"}.get(pos, "d1")
                self.by_class[kind].append(word)
                weights[kind].append(count ** 0.5)
            if count < 20 or not 2 <= len(word) <= 4:
                continue
            self.known.add(word)
            kind = {"n": "n", "vn": "n", "l": "n", "v": "v", "a": "a", "d": "d", "c": "d", "i": "i", "z": "a", "r": "d", "ad": "a", "b": "a", "f": "n", "s": "n", "t": "n"}.get(pos)
            if kind is None:
                continue
            for k in (kind, "s") if word[0] in surnames else (kind,):
                self.by_class[k].append(word)
                weights[k].append(count ** 0.5)
        self.weights = weights

    def draw(self, rng, kind):
        return rng.choices(self.by_class[kind], self.weights[kind])[0]


class Names:
    """Invented names of one side: a name is for training or held back, never both."""

    def __init__(self, rng, words, held, rare_characters):
        self.rng, self.words, self.held, self.rare = rng, words, held, rare_characters
        self.weights = [1 / (i + 4) for i in range(len(COMMON))]
        self.wordy = [w for w in words.by_class["s"] if len(w) in (2, 3)]

    def ours(self, name):
        return (zlib.crc32(name.encode()) % 5 == 0) == self.held

    def surname(self):
        r = self.rng.random()
        if r < 0.74:
            return self.rng.choices(COMMON, self.weights)[0]
        return self.rng.choice(COMMON) if r < 0.84 else self.rng.choice(RARE)

    def character(self):
        r = self.rng.random()
        return self.rng.choice(GIVEN[:160] if r < 0.5 else GIVEN) if r < 0.93 else self.rng.choice(self.rare)

    def given(self):
        r = self.rng.random()
        if r < 0.28:
            return self.character()
        if r < 0.32:
            c = self.character()
            return c + c
        if r < 0.34:
            return self.words.draw(self.rng, self.rng.choice("na"))[:2]
        return self.character() + self.character()

    def han(self):
        return self.surname() + self.given()

    def minority(self):
        rng, c = self.rng, self.rng.choice
        kind = rng.randrange(8)
        if kind < 2:
            return c(TIBETAN_A) + c(TIBETAN_A) if rng.random() < 0.85 else c(TIBETAN_A)
        if kind == 2:
            return c(YI_A) + c(YI_B)
        if kind == 3:
            return c(UYGHUR_M + UYGHUR_F) + c("··•") + c(UYGHUR_M)
        if kind == 4:
            return c(UYGHUR_F) if rng.random() < 0.6 else c(UYGHUR_M) + c(UYGHUR_M)
        if kind == 5:
            return c(MONGOL) + c(MONGOL) if rng.random() < 0.5 else c(MONGOL)
        if kind == 6:
            return c(VIET) + c(["氏", "文", "氏", "德", "玉"]) + self.given()
        if rng.random() < 0.3:
            return c(THAI_LAO)
        name = c(FOREIGN_A) + "".join(c(FOREIGN_B) for _ in range(rng.randint(1, 2)))
        if rng.random() < 0.4:
            name += "·" + c(FOREIGN_A) + c(FOREIGN_B)
        return name

    def latin(self):
        rng = self.rng
        r = rng.random()
        if r < 0.45:
            parts = [rng.choice(LATIN) for _ in range(rng.choice([2, 2, 3]))]
        else:
            parts = [rng.choice(SYLLABLE).title(), "".join(rng.choice(SYLLABLE) for _ in range(rng.randint(1, 2))).title()]
            if rng.random() < 0.4:
                parts.reverse()
        name = " ".join(parts)
        return name.upper() if rng.random() < 0.3 else name

    def full(self):
        for _ in range(50):
            r = self.rng.random()
            if r < 0.80:
                name = self.han()
            elif r < 0.84:
                name = self.rng.choice(COMPOUND) + self.given()
            elif r < 0.865:
                name = self.surname() + self.surname() + self.given()
            elif r < 0.895:
                name = self.rng.choice(self.wordy) if self.rng.random() < 0.25 else self.rng.choice(WORDY)
            elif r < 0.985:
                name = self.minority()
            else:
                name = self.latin()
            if self.ours(name):
                break
        if self.rng.random() < 0.015 and len(name) == 2:
            name = name[0] + " " + name[1]
        return name

    def short(self, full):
        rng, first = self.rng, full[0]
        if not "\u4e00" <= first <= "\u9fff" or "·" in full:
            return full
        last = full[-1]
        return rng.choice([
            "老" + first, "小" + first, "阿" + last, "小" + last, "大" + last, last + last, last + "子", "阿" + last,
            first + rng.choice("哥姐叔婶嫂姨总工队"), first + rng.choice(["老板", "大爷", "师傅", "大姐", "老师"]),
            full[1:] if len(full) > 2 else full, full[1:] if len(full) > 2 else full, full, full,
            last + rng.choice("哥姐妹仔儿"), rng.choice(ALIAS), rng.choice(ALIAS), rng.choice(ALIAS),
        ])

    def alias(self):
        r = self.rng.random()
        if r < 0.6:
            return self.rng.choice(ALIAS)
        if r < 0.75:
            return self.rng.choice("老小阿大") + self.rng.choice(GIVEN + "一二三四五六七八九")
        return self.short(self.han()) if r < 0.9 else self.words.draw(self.rng, "n")


class Filler:
    """Everything in a passage that is no person."""

    def __init__(self, rng, words, regions):
        self.rng, self.words = rng, words
        self.province, self.prefecture, self.county = regions

    def region(self):
        rng = self.rng
        county = rng.choice(self.county)
        names = [self.province.get(county[0][:2], ""), self.prefecture.get(county[0][:4], ""), county[1]]
        keep = rng.choice([names, names[1:], names[:2], names[1:2], names[2:], names[2:], names[:1]])
        text = "".join(keep) or county[1]
        if rng.random() < 0.15 and len(text) > 2:
            text = text[:-1] if text[-1] in "省市县区" else text
        return text

    def address(self):
        rng, digits = self.rng, lambda n: str(rng.randint(1, n))
        if rng.random() < 0.5:
            tail = rng.choice(VILLAGES) + rng.choice(["村", "屯", "寨", "湾村", "沟村", "坝村", "社区"])
            tail += rng.choice(["", digits(15) + "组", digits(300) + "号", digits(15) + "组" + digits(300) + "号"])
            town = rng.choice([rng.choice(VILLAGES), self.words.draw(rng, "n")[:2]]) + rng.choice(["镇", "乡", "街道", ""])
            town = town if town[-1] in "镇乡道" else ""
        else:
            town = rng.choice(["", rng.choice(STREETS) + "街道"])
            tail = rng.choice(STREETS) + rng.choice(["路", "街", "大道", "巷", "南路", "中路"]) + digits(300) + "号"
            tail += rng.choice(["", rng.choice(BRANDS) + rng.choice(["小区", "花园", "家园", "公寓"]) + digits(30) + "栋" + digits(30) + "室"])
        return rng.choice([self.region(), self.region(), ""]) + town + tail

    def date(self):
        rng = self.rng
        y, m, d = rng.randint(1950, 2024), rng.randint(1, 12), rng.randint(1, 28)
        return rng.choice([f"{y}年{m}月{d}日", f"{y}年{m}月{d}日", f"{m}月{d}日", f"{y}年{m}月", f"{y}-{m:02d}-{d:02d}", f"{y}.{m}.{d}", f"{y}年", "当日", "次日", "去年", "同年{}月".format(m)])

    def digits(self, n):
        return "".join(self.rng.choice("0123456789") for _ in range(n))

    def organisation(self):
        rng = self.rng
        brand = rng.choice(BRANDS) if rng.random() < 0.6 else rng.choice(GIVEN) + rng.choice(GIVEN) if rng.random() < 0.7 else self.words.draw(rng, "n")
        return (self.region() if rng.random() < 0.3 else "") + brand + rng.choice(TRADES)

    def case_number(self):
        rng = self.rng
        place, year, end = rng.choice(ABBR), rng.randint(2005, 2024), self.digits(rng.randint(2, 4)) + "号"
        town = rng.choice(GIVEN)
        return rng.choice([
            f"（{year}）{place}{self.digits(4)}{rng.choice('刑民行')}{rng.choice('初终再')}{end}",
            f"（{year}）{town}{rng.choice('刑民法')}{rng.choice('初终')}字第{end}",
            f"{place}公（{town}）{rng.choice(['立', '刑', '受案'])}字〔{year}〕{end}", f"{place}{town}检{rng.choice(['刑诉', '公诉', '起诉'])}〔{year}〕{end}",
            f"{place}检刑诉〔{year}〕{end}", f"{town}公{rng.choice(['刑', '打拐'])}字[{year}]{end}",
        ])

    def school(self):
        rng = self.rng
        name = rng.choice([rng.choice(VILLAGES) + "村", "第" + rng.choice("一二三四五六七八"), "实验", "希望", rng.choice(STREETS), rng.choice(BRANDS)])
        return name + rng.choice(["小学", "中学", "幼儿园", "初级中学", "职业学校"]) + rng.choice(["", "", "三年级二班", "初二（3）班", "大班"])

    def fill(self, slot):
        rng = self.rng
        if slot in ("REG", "ADDR"):
            return (self.region() if slot == "REG" else self.address()), "LOC"
        if slot in ("ORG", "SCH"):
            return (self.organisation() if slot == "ORG" else self.school()), "ORG"
        if slot == "SW":
            return (self.words.draw(rng, "s") if rng.random() < 0.7 else rng.choice(WORDY)), None
        text = {
            "AGY": lambda: self.region() + rng.choice(AGENCY), "DATE": self.date,
            "TIME": lambda: rng.choice([f"{rng.randint(0, 23)}时许", f"{rng.randint(0, 23)}时{rng.randint(0, 59)}分", "上午", "下午", "晚上", "凌晨", "中午", ""]),
            "NUM": lambda: rng.choice([str(rng.randint(1, 200)), rng.choice("一二三四五六七八九十"), "十" + rng.choice("一二三四五六")]),
            "MONEY": lambda: rng.choice([f"{rng.randint(1, 99999)}元", f"{rng.randint(1, 30)}万元", f"人民币{rng.randint(10, 999)}00元", rng.choice("一二三四五六八") + "万" + rng.choice("一二三四五") + "千元"]),
            "PHONE": lambda: "1" + self.digits(10), "ID": lambda: self.digits(17) + rng.choice("0123456789X"),
            "WX": lambda: rng.choice([self.digits(9), "wxid_" + self.digits(6), rng.choice(SYLLABLE) + self.digits(4), rng.choice(SYLLABLE) + "_" + rng.choice(SYLLABLE)]),
            "PLATE": lambda: rng.choice(ABBR) + rng.choice("ABCDEFGH") + self.digits(5), "TRAIN": lambda: rng.choice("GDKTZ") + self.digits(3) + rng.choice(["次", "次列车", ""]),
            "CASE": self.case_number, "KIN": lambda: rng.choice(KIN), "CRIME": lambda: rng.choice(CRIMES) + rng.choice(["罪", "罪", ""]), "LAW": lambda: rng.choice(LAWS),
            "NAT": lambda: rng.choice(NATIONS), "W": lambda: self.words.draw(rng, "n"), "V": lambda: self.words.draw(rng, "v"), "ADJ": lambda: self.words.draw(rng, "a"),
            "V1": lambda: self.words.draw(rng, "v1"), "D1": lambda: self.words.draw(rng, "d1"), "N1": lambda: self.words.draw(rng, "n1"), "D": lambda: self.words.draw(rng, "d"), "I": lambda: self.words.draw(rng, "i"),
            "LINK": lambda: rng.choice("和与跟及同、"),
            "S": lambda: rng.choice(COMMON),
        }[slot]()
        return text, None


def templates():
    """Sections of tagger_templates.txt."""
    sections, current = {}, None
    for line in (HERE / "tagger_templates.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and "|" not in line:
            current = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            current.append(line)
    return sections


CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")


class Writer:
    """Writes passages of marked sentences: lists of (characters, tags)."""

    def __init__(self, seed, words, regions, rare, held):
        self.rng = random.Random(seed)
        self.names = Names(self.rng, words, held, rare)
        self.filler = Filler(self.rng, words, regions)
        self.sections = templates()

    def passage(self, sections, sentences):
        """One document of the given number of sentences with one cast of persons."""
        rng = self.rng
        cast = {}
        out = []
        for _ in range(sentences):
            section = rng.choice(sections)
            line = self.scribble() if section == "scribble" else rng.choice(self.sections[section])
            out.append(self.sentence(line, cast))
        return out

    def scribble(self):
        """A sentence without sense but with the order of words: names between any words at all."""
        rng, names = self.rng, self.rng.random() < 0.65

        def thing():
            r = rng.random()
            if names and r < 0.45:
                name = rng.choice(["{A}", "{A}", "{B}", "{C}", "{P}", "{a}"])
                return rng.choice([name, name, name, name, "{KIN}" + name, name + rng.choice(["的{W}", "的{KIN}", "家", "等人", "处", "手中", "一方", "本人"]), "{A}{LINK}{B}", "{A}、{B}{LINK}{C}"])
            return rng.choice(["{W}", "{W}", "{SW}", "{ADJ}的{W}", "{W}{W}", "{N1}", "{REG}", "{KIN}", "{DATE}", "{NUM}名{W}", "{ADDR}", "{ORG}", "{MONEY}", "这{N1}{W}"])

        def action():
            return rng.choice(["{V}", "{V}", "{V}", "{V1}", "{D}{V}", "{D1}{V}", "{D1}{V1}", "{V}了", "{V1}了", "{V1}着", "{V}过", "{D}", "把", "被", "对", "向", "与", "从", "在", "给", "将", "{V1}{N1}", "因{CRIME}", "犯{CRIME}", "{I}", "{V}{V1}", "又{V}"])

        clauses = []
        for _ in range(rng.randint(1, 3)):
            start = rng.choice(["", "", "", "{DATE}", "{D}", "{D}", "{D1}", "经{V}", "因", "据", "{W}", "{I}"])
            clause = start + thing() + action() + thing()
            if rng.random() < 0.5:
                clause += action() + rng.choice(["", "", thing()])
            clauses.append(clause)
        return rng.choice("，，，、：；").join(clauses) + rng.choice("。。。。；？")

    def sentence(self, line, cast):
        while CHOICE.search(line):
            line = CHOICE.sub(lambda m: self.rng.choice(m.group(1).split("|")), line)
        chars, tags, at = [], [], 0
        for m in SLOT.finditer(line):
            self.put(chars, tags, line[at:m.start()], None)
            person = self.person(m.group(1), cast)
            text, kind = person or self.filler.fill(m.group(1))
            strange = person is not None and not self.names.held and self.rng.random() < 0.1
            before = strange and self.rng.random() < 0.5
            if before:
                self.put(chars, tags, self.stray(), None)
            self.put(chars, tags, text, kind)
            if strange and not before:
                self.put(chars, tags, self.stray(), None)
            at = m.end()
        self.put(chars, tags, line[at:], None)
        return chars, tags

    def stray(self):
        """A word that the template does not have there, so that no frame is learned by heart."""
        return self.filler.fill(self.rng.choice(["V", "V", "V1", "D", "D1", "W", "N1", "KIN", "SW", "I"]))[0]

    def person(self, slot, cast):
        names = self.names
        if slot in ("A", "B", "C", "D"):
            # People come and go: half of the time a slot keeps the document's person.
            if slot not in cast or self.rng.random() < 0.5:
                cast[slot] = names.full()
            return cast[slot], "PER"
        if slot in ("a", "b", "c"):
            return names.short(cast.get(slot.upper()) or names.han()), "PER"
        makers = {"P": names.full, "K": names.alias, "M": lambda: names.rng.choice(MILK) if names.rng.random() < 0.8 else names.character() * 2, "L": names.latin}
        return (makers[slot](), "PER") if slot in makers else None

    @staticmethod
    def put(chars, tags, text, kind):
        for i, c in enumerate(text):
            chars.append(c)
            tags.append("O" if kind is None else ("B-" if i == 0 else "I-") + kind)


def regions(path):
    """Provinces and prefectures by code, and the counties, of the repository's own region table."""
    province, prefecture, county = {}, {}, []
    for line in path.read_text("utf-8").splitlines():
        code, name, _, last = line.split("\t")
        if last != "2023" or name in ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"):
            continue
        if code.endswith("0000"):
            province[code[:2]] = name
        elif code.endswith("00"):
            prefecture[code[:4]] = name
        else:
            county.append((code, name))
    return province, prefecture, county
