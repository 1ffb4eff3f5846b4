//! Shapes of identifying strings: identity numbers, telephone numbers, plates. Says only whether a
//! string has the shape; never stores, prints or looks one up.

use crate::domain::date::CivilDate;

/// Whether `text` is a resident identity number of 18 characters with the right check character
/// (GB 11643, ISO 7064 MOD 11-2) and a date of birth that exists.
pub fn is_id_number(text: &str) -> bool {
    let value = |(at, byte): (usize, u8)| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'X' if at == 17 => Some(10),
        _ => None,
    };
    let values: Option<Vec<u32>> = text.bytes().enumerate().map(value).collect();
    // Position i from the left weighs 2^(17-i) modulo 11; with the check character the sum is 1.
    let checked = values.filter(|values| values.len() == 18).is_some_and(|values| {
        let sum = values.iter().fold(0, |sum, value| (sum * 2 + value) % 11);
        sum == 1
    });
    checked && birth_in_id(text).is_some()
}

/// The date of birth that an identity number of 18 characters carries.
pub fn birth_in_id(text: &str) -> Option<CivilDate> {
    let part = |from: usize, to: usize| {
        text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?.parse::<u16>().ok()
    };
    let (month, day) = (u8::try_from(part(10, 12)?).ok()?, u8::try_from(part(12, 14)?).ok()?);
    CivilDate::new(i32::from(part(6, 10)?), month, day).ok()
}

/// Whether `text` can be a telephone number: 7–15 digits (ITU-T E.164), `+` in front, single
/// blanks and hyphens between.
pub fn is_phone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let edges =
        rest.starts_with(|c: char| c.is_ascii_digit()) && rest.ends_with(|c: char| c.is_ascii_digit());
    let shape = rest.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b' ');
    let runs = rest.as_bytes().windows(2).all(|pair| pair.iter().any(u8::is_ascii_digit));
    edges && shape && runs && (7..=15).contains(&digits)
}

/// Whether `text` is a civil vehicle plate (GA 36): province character, letter, five characters
/// without I and O (six for new-energy vehicles), the last one also 学 警 挂 港 澳 领; or 使 and six digits.
pub fn is_plate(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let serial = |c: &char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'));
    match chars.as_slice() {
        ['使', rest @ ..] => rest.len() == 6 && rest.iter().all(char::is_ascii_digit),
        [province, letter, rest @ ..] if is_province(*province) && letter.is_ascii_uppercase() => {
            match rest {
                [body @ .., last] if body.len() == 4 => {
                    body.iter().all(serial) && (serial(last) || "学警挂港澳领".contains(*last))
                }
                _ => rest.len() == 6 && is_new_energy(rest),
            }
        }
        _ => false,
    }
}

fn is_province(c: char) -> bool {
    "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼".contains(c)
}

/// Small vehicles carry the energy letter first (one more letter may follow), large ones last.
fn is_new_energy(serial: &[char]) -> bool {
    let letter = |c: char| c.is_ascii_uppercase() && !matches!(c, 'I' | 'O');
    match serial {
        [first, second, rest @ ..] if letter(*first) => {
            (letter(*second) || second.is_ascii_digit()) && rest.iter().all(char::is_ascii_digit)
        }
        [rest @ .., last] => letter(*last) && rest.iter().all(char::is_ascii_digit),
        [] => false,
    }
}

#[cfg(test)]
mod tests;
