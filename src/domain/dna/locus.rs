//! The names of STR loci in the kits of police laboratories.

use super::scan::Letters;

/// Upper case, no separators. `DYS` with digits is matched by rule.
const LOCI: [&str; 33] = [
    "D8S1179",
    "D21S11",
    "D7S820",
    "CSF1PO",
    "D3S1358",
    "TH01",
    "D13S317",
    "D16S539",
    "D2S1338",
    "D19S433",
    "VWA",
    "TPOX",
    "D18S51",
    "D5S818",
    "FGA",
    "PENTAD",
    "PENTAE",
    "D1S1656",
    "D12S391",
    "D10S1248",
    "D22S1045",
    "D2S441",
    "SE33",
    "D6S1043",
    "D6S477",
    "D19S253",
    "D15S659",
    "AMELOGENIN",
    "AMEL",
    "YGATAH4",
    "DXS10135",
    "D1S1677",
    "D14S1434",
];

/// The end (index after the last character) of the locus that starts at `start`, if one does.
/// Up to two separators may stand between any two characters of the name.
pub(super) fn locus_at(letters: &Letters, start: usize) -> Option<usize> {
    LOCI.iter().filter_map(|name| spelled(letters, start, name)).max().or_else(|| y_locus(letters, start))
}

/// Whether the whole text is the name of a locus, with or without a number of the allele
/// (`TH01`, `penta d`, `D8S1179_1`, `FGA allele 2`).
pub(super) fn is_locus(text: &str) -> bool {
    if text.len() > 64 {
        return false;
    }
    let letters = Letters::of(text);
    let first = letters.next_word(0);
    locus_at(&letters, first).is_some_and(|end| {
        let rest: String = letters.words_from(end);
        let label =
            ["ALLELES", "ALLELE", "等位基因", "基因型"].into_iter().find_map(|word| rest.strip_prefix(word));
        // Nothing longer: what is a locus by this may stand in a pointer, an allele may not.
        matches!(label.unwrap_or(&rest), "" | "1" | "2" | "A" | "B" | "A1" | "A2")
    })
}

/// Whether a JSON key names a locus anywhere (`str_TH01`, `FGA alleles`): keys are not prose.
pub(super) fn key_names_locus(key: &str) -> bool {
    let letters = Letters::of(key);
    letters.word_starts().any(|start| locus_at(&letters, start).is_some_and(|end| !letters.letter_at(end)))
}

pub(super) fn spelled(letters: &Letters, start: usize, name: &str) -> Option<usize> {
    let mut at = start;
    for (index, wanted) in name.chars().enumerate() {
        at = if index == 0 { at } else { letters.skip_separators(at, 2) };
        if letters.at(at) != Some(wanted) {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// `DYS391`, `DYS385a/b`, `DYF387S1`: three digits after DYS or DYF.
fn y_locus(letters: &Letters, start: usize) -> Option<usize> {
    let mut at = spelled(letters, start, "DYS").or_else(|| spelled(letters, start, "DYF"))?;
    for _ in 0..3 {
        at = letters.skip_separators(at, 2);
        letters.at(at).filter(char::is_ascii_digit)?;
        at += 1;
    }
    if letters.at(at) == Some('S') && letters.at(at + 1).is_some_and(|c| c.is_ascii_digit()) {
        at += 2;
    }
    let part = |c: Option<char>| matches!(c, Some('A' | 'B' | 'I'));
    while part(letters.at(at)) || (letters.at(at) == Some('/') && part(letters.at(at + 1))) {
        at += 1;
    }
    Some(at)
}
