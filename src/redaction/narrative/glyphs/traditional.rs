//! The simplified forms of the traditional characters that names, places and plates are written in.
//!
//! Invariant: no character that simplified Chinese writes itself (GB 2312) is folded by the derived list.

/// What names and labels are often written in, by hand: each character with its simplified form.
const TRADITIONAL: &str = "張張陳陳劉刘張张陳陈黃黄吳吴趙赵孫孙馬马羅罗鄭郑謝谢許许韓韩馮冯鄧邓葉叶蘇苏盧卢蔣蒋賈贾魯鲁龍龙萬万錢钱湯汤喬乔賀贺賴赖龔龚閻阎鄒邹陸陆鐘钟鍾钟東东國国華华偉伟強强麗丽鳳凤蘭兰蓮莲軍军傑杰寶宝貴贵雲云興兴義义慶庆學学愛爱紅红艷艳麗丽瓊琼瑩莹穎颖靜静陽阳濤涛勝胜躍跃飛飞鵬鹏劍剑鋒锋鋼钢銀银鑫鑫歐欧陰阴嚴严區区車车單单竇窦顧顾駱骆樊樊項项聶聂蕭萧薑姜婁娄畢毕費费廉廉紀纪舒舒屈屈談谈宋宋龐庞潁颍號号電电話话証证證证戶户縣县鎮镇鄉乡樓楼門门衛卫員员報报呂吕溫温餘余範范於于薩萨聞闻寧宁齊齐倫伦鄔邬厲厉鬱郁滿满遊游楊杨韋韦堯尧莊庄應应鄺邝藍蓝塗涂勞劳闞阚鄰邻顏颜廬庐賢贤達达遠远進进運运連连選选邁迈過过還还邊边鈞钧鈴铃銘铭銳锐錦锦鍵键鑒鉴長长閃闪開开間间閔闵關关隨随際际雙双離离難难靈灵頂顶順顺須须頌颂預预領领頡颉題题顥颢願愿風风飄飘駿骏騰腾驍骁驊骅驥骥鮑鲍鳴鸣鴻鸿鵑鹃鶴鹤鶯莺鷹鹰麥麦齡龄億亿優优備备僑侨儀仪價价倉仓個个們们傳传傷伤傾倾僅仅勁劲動动務务勳勋勵励協协卻却參参叢丛問问啟启啓启嘯啸圍围園园圓圆圖图團团執执堅坚場场塵尘壘垒壯壮壽寿夢梦奧奥奮奋婭娅嫻娴嬌娇嬋婵嬰婴寬宽實实將将專专尋寻對对導导屬属岡冈島岛峽峡崗岗嵐岚嶺岭巒峦帥帅師师帶带幫帮廣广彥彦彌弥後后徑径從从復复恆恒悅悦憲宪憶忆懷怀戀恋戰战揚扬撫抚擇择擁拥攜携斕斓時时晉晋晝昼暉晖暢畅曉晓曄晔書书會会朧胧條条極极榮荣楓枫業业樂乐樹树機机橋桥權权歡欢歲岁歸归氣气淨净淵渊淺浅湧涌滄沧漁渔漢汉潔洁潤润澤泽濟济濱滨瀾澜灝灏為为烏乌煒炜煥焕燁烨燈灯燦灿營营爍烁爐炉爺爷爾尔獅狮獨独獻献瑋玮瑤瑶瑪玛環环瓏珑畫画異异當当發发盡尽監监盤盘眾众碩硕禮礼禎祯稱称穩稳競竞筆笔節节簡简簫箫紋纹純纯紗纱結结絢绚給给統统絲丝經经綠绿維维綱纲網网綺绮緒绪緣缘緯纬練练縈萦縝缜總总績绩織织繡绣繪绘繼继續续纓缨習习聖圣聯联聰聪聲声肅肃舉举艦舰萊莱蒼苍蓋盖蔭荫薈荟薔蔷薦荐藝艺藥药蘆芦蘊蕴處处螢萤裏里親亲覺觉覽览觀观記记訓训詠咏詩诗詮诠語语誠诚說说調调論论諾诺諭谕謙谦識识譚谭譽誉讓让豐丰豔艳貝贝貞贞財财貢贡貫贯買买資资賓宾賜赐質质賽赛贊赞贏赢軒轩輔辅輕轻輝辉輪轮轉转農农遙遥醫医錄录鏡镜鐵铁閆闫閣阁隊队階阶陝陕雋隽靚靓韻韵響响頤颐馳驰駒驹騫骞鮮鲜點点爭争淚泪網网廈厦灣湾鄲郸贛赣瀋沈遼辽滬沪圳圳來来壩坝遲迟單单絃弦繆缪計计諶谌農农鄭郑饒饶馮冯閻阎鈕钮鍾钟隱隐熾炽棟栋樓楼櫻樱歷历澄澄爾尔濬浚";

/// More of them, in the same form. Derived from `TSCharacters.txt` of the `PyPI` package
/// `opencc-python-reimplemented` 0.1.7 (Apache-2.0): the first simplified form of each character of the basic block
/// that GB 2312 lacks, where that form is a surname, a frequent character of given names (`data/given.txt`, cost up
/// to 46) or stands in plates and addresses, and the list above has it not.
const DERIVED: &str = "亞亚佈布佔占侖仑侷局俠侠倖幸偵侦傢家儁俊儉俭儘尽儲储儷俪儼俨兒儿內内兩两凈净凱凯則则剋克剛刚創创劇剧勛勋勻匀匯汇厙厍厤历唸念喚唤噹当嚇吓嚮向囌苏埰采墰坛壇坛壜坛壟垄夾夹奪夺奬奖姍姗媯妫嫺娴嬀妫嬈娆嬙嫱嬡嫒嬪嫔 \
    孃娘宮宫寀采寵宠層层峯峰崑昆崙仑崢峥嵗岁嶠峤嶸嵘嶼屿嶽岳巖岩幹干幾几庫库廕荫廠厂廳厅彎弯彔录彙汇彿佛愷恺慄栗慼戚慾欲憑凭懌怿懞蒙戩戬捨舍捲卷採采換换揮挥敎教敘叙數数旂旗昇升曆历曏向曠旷朮术査查梟枭棊棋楨桢榦干 \
    樑梁標标樞枢樣样樸朴樺桦橫横檢检檯台檳槟檸柠欒栾欽钦沖冲況况泝溯涼凉淩凌渙涣準准滌涤滙汇漣涟漲涨潑泼潛潜澗涧濃浓濛蒙瀅滢瀟潇灃沣無无煉炼煙烟煬炀熒荧熱热燾焘爲为狀状獎奖獲获現现琿珲璉琏璽玺璿璇瓔璎產产産产甦苏 \
    畵画疊叠癒愈癡痴眞真矇蒙矯矫硃朱硯砚碼码礎础礦矿礫砾祕秘祿禄禦御禪禅種种穀谷積积穫获窯窑竈灶筍笋箏筝築筑篤笃粵粤糧粮糰团約约納纳紮扎細细紹绍絨绒綉绣綏绥綫线綵彩綸纶綿绵緋绯緑绿線线緩缓緻致縉缙繩绳繽缤纔才罈坛 \
    罎坛羣群羨羡翹翘聳耸聽听脩修腸肠臘腊臨临臺台與与茲兹荊荆葦苇蓀荪蓆席蔔卜蔘参蔥葱蕓芸薊蓟藴蕴藹蔼藺蔺蘋苹虧亏蟈蝈蟬蝉衆众術术衕同衚胡衝冲補补裡里複复見见規规覓觅訊讯託托訪访設设評评詞词詣诣試试詳详誌志誕诞誨诲 \
    誼谊諍诤諱讳諸诸謀谋謨谟謹谨譙谯譜谱譯译議议護护變变讚赞貳贰貽贻貿贸賁贲賚赉賞赏賡赓賦赋賬账贅赘軻轲軼轶載载輯辑轅辕辭辞迴回週周遜逊遡溯適适遷迁郟郏郵邮酈郦釗钊針针釦扣釧钏釩钒釵钗鈅钥鈡钟鈺钰鈿钿鉅巨鉆钻鉉铉 \
    鉑铂銅铜銓铨鋅锌鋭锐鋮铖錕锟錚铮錟锬錫锡録录錳锰錶表鍁锨鍇锴鍊炼鍶锶鍼针鎖锁鎧铠鎬镐鎭镇鎰镒鏇旋鏈链鏑镝鏗铿鏘锵鏞镛鐳镭鐸铎鑄铸鑌镔鑑鉴鑰钥鑽钻鑾銮閉闭閏闰閤合閩闽閭闾閱阅閲阅闊阔闕阙闖闯陞升陣阵險险隴陇霧雾 \
    霽霁靄霭鞏巩鞦秋韆千韌韧韜韬韞韫頁页頎颀頓顿頗颇頭头頻频顔颜顯显顴颧颯飒颱台飆飙飈飚餃饺養养餬糊駕驾騁骋騎骑騏骐驕骄驚惊驛驿驪骊體体髮发鬆松鬍胡鬚须鬥斗魚鱼鯤鲲鰲鳌鴦鸯鴿鸽鵠鹄鷗鸥鷺鹭鸝鹂鸞鸾鹹咸鹼碱麯曲黨党 \
    鼕冬齋斋齣出";

/// The simplified form of the characters that names and labels are often written in.
pub(super) fn simplified(c: char) -> char {
    const FIRST: usize = 0x4e00;
    static TABLE: std::sync::LazyLock<Box<[char]>> = std::sync::LazyLock::new(|| {
        let mut table: Box<[char]> = ('\u{4e00}'..='\u{9fff}').collect();
        for list in [DERIVED, TRADITIONAL] {
            let chars = || list.chars().filter(|c| !c.is_whitespace());
            for (traditional, simple) in chars().zip(chars().skip(1)).step_by(2) {
                if let Some(slot) = (traditional as usize).checked_sub(FIRST).and_then(|at| table.get_mut(at))
                {
                    *slot = simple;
                }
            }
        }
        table
    });
    (c as usize).checked_sub(FIRST).and_then(|at| TABLE.get(at)).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_are_written_in_has_its_simplified_form() {
        let fold = |text: &str| text.chars().map(simplified).collect::<String>();
        assert_eq!(fold("謹顯臨韜鐸鈺銓釗瀟璽繽與藺蘋霽鸞驛粵張"), "谨显临韬铎钰铨钊潇玺缤与蔺苹霁鸾驿粤张");
        assert_eq!(fold("张伟著乾于余"), "张伟著乾于余");
    }
}
