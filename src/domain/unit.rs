//! Member units (成员单位) and the duties of their people.

codes! {
    /// The type of a member unit; guards depend on it.
    pub enum UnitType {
        Police = "police" "公安",
        CivilAffairs = "civil_affairs" "民政",
        JointOffice = "joint_office" "联席会议办公室",
        WomenFederation = "women_federation" "妇联",
        Procuratorate = "procuratorate" "检察",
        Court = "court" "法院",
        Health = "health" "卫健",
        Education = "education" "教育",
        Hr = "hr" "人社",
        Justice = "justice" "司法",
        PoliticalLegal = "political_legal" "政法委",
        ForeignAffairs = "foreign_affairs" "外办",
        Immigration = "immigration" "移民",
        Transport = "transport" "交通/铁路/民航",
        Border = "border" "边防",
        DisabledFederation = "disabled_federation" "残联",
        Other = "other" "其他",
    }
}

codes! {
    /// Where a lead came from: a member unit or a mandatory reporter (强制报告).
    pub enum SourceType {
        Police = "police" "公安",
        CivilAffairs = "civil_affairs" "民政",
        WomenFederation = "women_federation" "妇联",
        School = "school" "学校",
        Medical = "medical" "医疗机构",
        Transport = "transport" "交通运输",
        Hotel = "hotel" "旅馆",
        MarriageRegistry = "marriage_registry" "婚姻登记",
        Border = "border" "边防",
        Public = "public" "群众",
        Online = "online" "网络平台",
        Other = "other" "其他",
    }
}

codes! {
    /// What a user of the node may do.
    pub enum Duty {
        Drafter = "drafter" "经办",
        Approver = "approver" "审批",
        Liaison = "liaison" "联络员",
        Auditor = "auditor" "审计",
        SecurityAdmin = "security_admin" "安全管理员",
        SystemAdmin = "system_admin" "系统管理员",
    }
}

impl Duty {
    /// Whether one person may hold both duties: auditor, security and system administrator exclude
    /// one another and every case duty (三员分立).
    pub fn compatible(self, other: Self) -> bool {
        let apart = |duty| matches!(duty, Self::Auditor | Self::SecurityAdmin | Self::SystemAdmin);
        self == other || (!apart(self) && !apart(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_administrators_are_three_people() {
        assert!(!Duty::Auditor.compatible(Duty::SystemAdmin));
        assert!(!Duty::SecurityAdmin.compatible(Duty::Drafter));
        assert!(Duty::Drafter.compatible(Duty::Approver));
    }

    #[test]
    fn codes_round_trip() {
        for unit in UnitType::ALL {
            assert_eq!(unit.code().parse::<UnitType>().as_ref(), Ok(unit));
        }
        assert!("Police".parse::<UnitType>().is_err());
    }
}
