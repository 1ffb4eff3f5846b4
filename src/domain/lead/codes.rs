//! The code lists of leads.

codes! {
    /// What a lead is about.
    pub enum LeadKind {
        MissingChild = "missing_child" "儿童失踪",
        MissingAdult = "missing_adult" "成人失踪",
        SuspectedTrafficking = "suspected_trafficking" "疑似拐卖",
        PublicTip = "public_tip" "群众举报",
        OnlineClue = "online_clue" "网络线索",
        ChildUnknownOrigin = "child_unknown_origin" "来历不明儿童",
        UnidentifiedPerson = "unidentified_person" "身份不明",
        RescuedVictim = "rescued_victim" "被解救",
        KinSearch = "kin_search" "寻亲",
        Interception = "interception" "堵截协查",
    }
}

impl LeadKind {
    /// Kinds that only a police unit may accept: they are criminal cases.
    pub const fn criminal(self) -> bool {
        !matches!(self, Self::KinSearch | Self::UnidentifiedPerson)
    }
}

codes! {
    /// How fast a lead wants an answer.
    #[derive(Default)]
    pub enum Priority {
        #[default]
        Normal = "normal" "一般",
        High = "high" "较急",
        Urgent = "urgent" "紧急",
    }
}

codes! {
    /// The purposes of cooperation.
    pub enum Purpose {
        Prevention = "prevention" "预防",
        Crackdown = "crackdown" "打击",
        Rescue = "rescue" "解救",
        Relief = "relief" "救助",
        Resettlement = "resettlement" "安置",
        Rehabilitation = "rehabilitation" "康复",
    }
}

codes! {
    /// The secrecy classification. State and work secrets are refused for export, always.
    #[derive(Default)]
    pub enum Classification {
        #[default]
        Internal = "internal" "内部",
        WorkSecret = "work_secret" "工作秘密",
        StateSecret = "state_secret" "国家秘密",
    }
}

impl Classification {
    /// Whether a record of this classification may ever leave the node.
    pub const fn exportable(self) -> bool {
        matches!(self, Self::Internal)
    }
}

codes! {
    /// The statutory duty that a processing rests on.
    pub enum LegalBasis {
        CriminalProcedure = "criminal_procedure" "刑事诉讼法",
        AntiTraffickingPlan = "anti_trafficking_plan" "反对拐卖人口行动计划",
        MinorsProtection = "minors_protection" "未成年人保护法",
        WomensProtection = "womens_protection" "妇女权益保障法",
        SocialAssistance = "social_assistance" "社会救助暂行办法",
    }
}

codes! {
    /// GB/T 2261.1.
    pub enum Sex {
        Unknown = "0" "未知的性别",
        Male = "1" "男性",
        Female = "2" "女性",
        Unstated = "9" "未说明的性别",
    }
}

codes! {
    /// 体型
    pub enum Build {
        Slim = "slim" "偏瘦",
        Medium = "medium" "中等",
        Stout = "stout" "偏胖",
    }
}

codes! {
    /// The dialect area of an accent (口音).
    pub enum AccentRegion {
        Northeastern = "northeastern" "东北官话",
        Beijing = "beijing" "北京官话",
        Jilu = "jilu" "冀鲁官话",
        Jiaoliao = "jiaoliao" "胶辽官话",
        CentralPlains = "central_plains" "中原官话",
        LanYin = "lan_yin" "兰银官话",
        Southwestern = "southwestern" "西南官话",
        Jianghuai = "jianghuai" "江淮官话",
        Jin = "jin" "晋语",
        Wu = "wu" "吴语",
        Min = "min" "闽语",
        Hakka = "hakka" "客家话",
        Yue = "yue" "粤语",
        Xiang = "xiang" "湘语",
        Gan = "gan" "赣语",
        Minority = "minority" "民族语言口音",
        Foreign = "foreign" "外国口音",
    }
}

codes! {
    /// 体貌特征
    pub enum Mark {
        Scar = "scar" "疤痕",
        Birthmark = "birthmark" "胎记",
        Mole = "mole" "痣",
        Tattoo = "tattoo" "纹身",
        MissingFinger = "missing_finger" "缺指",
        Limp = "limp" "跛行",
        Glasses = "glasses" "戴眼镜",
        Dental = "dental" "牙齿特征",
        Other = "other" "其他",
    }
}

codes! {
    /// 衣着
    pub enum ClothingItem {
        SchoolUniform = "school_uniform" "校服",
        Jacket = "jacket" "外套",
        DownCoat = "down_coat" "羽绒服",
        Dress = "dress" "裙装",
        EthnicDress = "ethnic_dress" "民族服饰",
        Workwear = "workwear" "工装",
        Sportswear = "sportswear" "运动装",
        Other = "other" "其他",
    }
}

codes! {
    /// GB/T 26341, category of disability.
    pub enum Disability {
        Visual = "visual" "视力",
        Hearing = "hearing" "听力",
        Speech = "speech" "言语",
        Physical = "physical" "肢体",
        Intellectual = "intellectual" "智力",
        Mental = "mental" "精神",
        Multiple = "multiple" "多重",
    }
}

codes! {
    /// What an escort must provide for.
    pub enum Need {
        Wheelchair = "wheelchair" "轮椅",
        Interpreter = "interpreter" "翻译",
        SignLanguage = "sign_language" "手语",
        Medical = "medical" "医护",
        InfantCare = "infant_care" "婴幼儿照料",
        FemaleEscort = "female_escort" "女性护送人员",
        Psychological = "psychological" "心理支持",
    }
}

codes! {
    /// What a relative is to the person.
    pub enum Relation {
        Father = "father" "父亲",
        Mother = "mother" "母亲",
        Guardian = "guardian" "监护人",
    }
}

codes! {
    /// The state of the police DNA comparison. There is no field for a genotype anywhere.
    pub enum DnaStatus {
        None = "none" "未采集",
        Sampled = "sampled" "已采集",
        Registered = "registered" "已入库",
        Matched = "matched" "已比中",
        Excluded = "excluded" "已排除",
    }
}

codes! {
    /// Where a person is cared for.
    pub enum InstitutionType {
        RescueStation = "rescue_station" "救助管理站",
        ChildWelfare = "child_welfare" "儿童福利机构",
        MinorProtection = "minor_protection" "未成年人救助保护机构",
        Hospital = "hospital" "医院",
        Foster = "foster" "家庭寄养",
        Other = "other" "其他",
    }
}

codes! {
    /// By which means (手段).
    pub enum Means {
        Deception = "deception" "欺骗",
        JobOffer = "job_offer" "招工诱骗",
        MarriageOffer = "marriage_offer" "婚介诱骗",
        OnlineGrooming = "online_grooming" "网络诱骗",
        Abduction = "abduction" "绑架",
        Theft = "theft" "偷盗儿童",
        Force = "force" "暴力胁迫",
        Drugging = "drugging" "麻醉",
        SaleByRelative = "sale_by_relative" "亲属出卖",
        FalseAdoption = "false_adoption" "虚假送养",
        Other = "other" "其他",
    }
}

codes! {
    /// The coarse groups of [`Means`], for transit regions.
    pub enum MeansGroup {
        Deception = "deception" "诱骗",
        Force = "force" "暴力",
        Sale = "sale" "买卖",
        Other = "other" "其他",
    }
}

impl Means {
    /// The group that a transit region may see.
    pub const fn group(self) -> MeansGroup {
        match self {
            Self::Deception | Self::JobOffer | Self::MarriageOffer | Self::OnlineGrooming => {
                MeansGroup::Deception
            }
            Self::Abduction | Self::Theft | Self::Force | Self::Drugging => MeansGroup::Force,
            Self::SaleByRelative | Self::FalseAdoption => MeansGroup::Sale,
            Self::Other => MeansGroup::Other,
        }
    }
}

codes! {
    /// To which end (用途).
    pub enum Exploitation {
        ForcedMarriage = "forced_marriage" "强迫婚姻",
        IllegalAdoption = "illegal_adoption" "非法收养",
        ForcedLabour = "forced_labour" "强迫劳动",
        ForcedBegging = "forced_begging" "强迫乞讨",
        Sexual = "sexual" "性剥削",
        ForcedCrime = "forced_crime" "强迫犯罪",
        Other = "other" "其他",
    }
}
