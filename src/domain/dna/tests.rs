//! Genotypes in every disguise are seen, and the prose of a case is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn genotypes_in_text_are_found() {
    for text in [
        "TH01 6,9.3",
        "th01:6/9.3",
        "ＴＨ０１　６，９．３",
        "D8S1179：13、14",
        "D8 S1179 = 13 14",
        "d-8-s-1179 (13,14)",
        "T\u{200B}H01 6",
        "Penta D 9,12",
        "PENTA_E 11-17",
        "penta d: 9",
        "vWA为14和17",
        "D21S11基因型为29、31.2",
        "FGA22/24",
        "TH016,9.3",
        "DYS391 11",
        "DYS385a/b 11,14",
        "Amelogenin X,Y",
        "AMEL: XY",
        "Y-GATA-H4 12",
        "SE33 18/29.2",
        "locus,TH01,FGA,vWA\nalleles,6,22,14",
        "\"TH01\":[6,9.3]",
        "{\"CSF1PO\": \"10\"}",
        "检验见D6S1043位点11，18",
        "案情……TPOX 8,8……",
        "D 3 S 1 3 5 8 15 16",
        "TH01 allele1=6 allele2=9.3",
        "FGA genotype: 22",
    ] {
        assert!(genotype_in_text(text), "{text}");
    }
}

#[test]
fn a_locus_in_prose_is_no_genotype() {
    for text in [
        "",
        "采用TH01、FGA等位点进行比对",
        "采用D8S1179等20个位点检验",
        "FGA",
        "TH01位点检测于2019年3月5日完成",
        "在云FGA123处",
        "车牌云A12345，电话13800000000",
        "身高131厘米，2015年3月9日在沧源走失",
        "AFGA 12",
        "BTH01 6",
        "DNA比对编号YN-2019-0012",
        "D8S1179、D21S11、TH01、FGA四个位点，样本于2019年3月5日送检",
    ] {
        assert!(!genotype_in_text(text), "{text}");
    }
}

#[test]
fn the_pointer_says_where() {
    for (value, pointer) in [
        (json!({"person": {"FGA": null}}), "/person/FGA"),
        (json!({"person": {"ｔｈ０１": [6, 9.3]}}), "/person/ｔｈ０１"),
        (json!({"a/b": [{"D8S1179_1": 13}]}), "/a~1b/0/D8S1179_1"),
        (json!({"x": {"str_TH01": [6, 9.3]}}), "/x"),
        (json!({"6-9.3 TH01": null}), ""),
        (json!({"TH01 allele 6": null}), ""),
        (json!({"FGA alleles": "a"}), "/FGA alleles"),
        (json!({"narrative": "TH01 6,9.3"}), "/narrative"),
        (json!({"x": {"TH01 6,9.3": 1}}), "/x"),
        (json!([{"locus": "TH01", "alleles": [6, 9.3]}]), "/0"),
        (json!({"rows": [["TH01", "6", "9.3"]]}), "/rows/0"),
        (json!({"loci": ["TH01", "FGA"], "values": [6, 22]}), "/loci"),
        (json!({"name": "Amelogenin", "value": "X/Y"}), ""),
        (json!("vWA 14"), ""),
    ] {
        assert_eq!(genotype_in(&value).as_deref(), Some(pointer), "{value}");
    }
}

#[test]
fn ordinary_records_pass() {
    for value in [
        json!(null),
        json!({"height_cm": 131, "names": ["FGA"], "narrative": "提到TH01位点"}),
        json!({"dna_status": "matched", "dna_reference": "0012", "hour": 14}),
        json!({"means": ["theft", "force"], "list": [1, 2, 3]}),
    ] {
        assert_eq!(genotype_in(&value), None, "{value}");
    }
}

#[test]
fn reading_is_linear() {
    // Quadratic work on these 6 MB would outlast any test run.
    for text in ["D8S117", "D 8 S ", "TH01、", "1,2;", "     "] {
        assert!(!genotype_in_text(&text.repeat(1_000_000)), "{text}");
    }
}

proptest! {
    #[test]
    fn every_case_width_and_spacing(
        locus in prop::sample::select(vec!["D8S1179", "TH01", "FGA", "PENTAD", "D22S1045", "DYS391"]),
        forms in prop::collection::vec(0_u8..6, 10),
        allele in 5_u32..40,
    ) {
        let spelt: String = locus.chars().zip(forms).flat_map(|(c, form)| match form {
            0 => vec![c.to_ascii_lowercase()],
            1 => vec![char::from_u32(c as u32 + 0xFEE0).unwrap()],
            2 => vec![c, '\u{200B}'],
            3 => vec![c, ' '],
            4 => vec![c, '-'],
            _ => vec![c],
        }).collect();
        let text = format!("{spelt} {allele}");
        prop_assert!(genotype_in_text(&text), "{}", text);
        prop_assert_eq!(genotype_in(&json!({ (spelt.clone()): true })), Some(format!("/{spelt}")));
    }

    #[test]
    fn no_text_makes_it_fail(text in any::<String>()) {
        genotype_in_text(&text);
    }
}
