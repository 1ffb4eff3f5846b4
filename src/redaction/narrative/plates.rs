//! Vehicles' plates: with a province's character, or announced by a cue.

use super::cues::{self, Cue};
use super::found::{Found, Kind, Marks};
use super::glyphs::{Few, digit, is_han};
use super::steps::Steps;
use super::text::Text;

const PROVINCES: Few = Few::of(&[
    '京', '津', '沪', '渝', '冀', '豫', '云', '辽', '黑', '湘', '皖', '鲁', '新', '苏', '浙', '赣', '鄂',
    '桂', '甘', '晋', '蒙', '陕', '吉', '闽', '贵', '粤', '青', '藏', '川', '宁', '琼', '使', '领',
]);
const TAILS: &str = "警学挂领港澳使试超";

/// Whether a plate may begin with `c`, beside letters and digits.
pub(super) fn opens(c: char) -> bool {
    PROVINCES.has(c)
}

/// Finds plates.
pub(super) fn find(text: &Text, steps: &Steps, guard: &Marks, found: &mut Vec<Found>) {
    let mut next = 0;
    while let Some(at) = steps.next(next) {
        next = at + 1;
        let plate = full(text, at).map(|end| (end, 0.98, "plate")).or_else(|| {
            let within = at > 0 && text.at(at - 1).is_ascii_alphanumeric();
            let opens = !within
                && (text.at(at).is_ascii_alphanumeric()
                    || digit(text.at(at)).is_some()
                    || PROVINCES.has(text.at(at)));
            let announced = opens && !guard.has(at) && cues::before(text, at) == Some(Cue::Of(Kind::Plate));
            announced
                .then(|| partial(text, at))
                .or_else(|| opens.then(|| of_a_city(text, at)))
                .flatten()
                .map(|end| (end, 0.95, "plate-after-cue"))
        });
        if let Some((end, score, rule)) = plate {
            found.push(Found { start: at, end, kind: Kind::Plate, score, rule });
            next = next.max(end);
        }
    }
}

/// 粤B·12345, 沪 A D12345, WJ粤1234X, 京a一二三四五: the end.
fn full(text: &Text, at: usize) -> Option<usize> {
    let (c, next) = (text.at(at), text.at(at + 1));
    // Most characters are followed by another Chinese one, and are looked at no further.
    if is_han(next) || !is_han(c) && !matches!(c, 'W' | 'w') {
        return None;
    }
    let letter_at = skip(text, at + 1);
    let letter = text.at(letter_at);
    let civil = PROVINCES.has(c) && letter.is_ascii_alphabetic();
    let police = (text.has(at, "WJ") || text.has(at, "wj")) && PROVINCES.has(text.at(at + 2));
    let body = if civil {
        letter_at + 1
    } else if police {
        at + 3
    } else {
        return None;
    };
    let (end, length, digits) = characters(text, body, 6);
    let tail = usize::from(TAILS.contains(text.at(end)));
    (length + tail >= 4 && digits >= 1 && (length >= 5 || digits >= 3 || tail > 0)).then_some(end + tail)
}

/// What an announced plate has at least: three letters or digits, one of them a digit.
fn partial(text: &Text, at: usize) -> Option<usize> {
    let lead = usize::from(PROVINCES.has(text.at(at)));
    let (end, length, digits) = characters(text, at + lead, 8);
    let tail = usize::from(TAILS.contains(text.at(end)));
    (length >= 3 && digits >= 1).then_some(end + tail)
}

/// 车牌临沧A58823: what the plate of a moped has behind its city's name.
fn of_a_city(text: &Text, at: usize) -> Option<usize> {
    let city = (2..=3).filter_map(|length| at.checked_sub(length));
    let mut city = city.filter(|&from| text.slice(from, at).iter().all(|&c| is_han(c)));
    let announced = city.any(|from| cues::before(text, from) == Some(Cue::Of(Kind::Plate)));
    let (end, length, digits) = characters(text, at, 8);
    (announced && length >= 4 && digits >= 3).then_some(end)
}

/// The letters and digits from `at`, `most` at most, with separators between: the end, how many,
/// how many digits.
fn characters(text: &Text, at: usize, most: usize) -> (usize, usize, usize) {
    let (mut end, mut length, mut digits) = (at, 0, 0);
    while length < most {
        // Behind a whole plate a sentence ends.
        let next = if length >= 5 && text.at(end) == '。' { end } else { skip(text, end) };
        let c = text.at(next);
        if digit(c).is_some() {
            digits += 1;
        } else if !c.is_ascii_alphabetic() {
            break;
        }
        if is_han(c)
            && digit(text.at(skip(text, next + 1))).is_none()
            && digit(text.at(end.saturating_sub(1))).is_none()
        {
            break;
        }
        length += 1;
        end = next + 1;
    }
    (end, length, digits)
}

/// Behind the separators at `at`.
fn skip(text: &Text, at: usize) -> usize {
    let mut next = at;
    while next < at + 2 && "·.-_*—)(•。'挂".contains(text.at(next)) {
        next += 1;
    }
    next
}
