//! Places that a text calls by their names, whatever they are: 叫|五桥|的地方.

use std::sync::LazyLock;

use super::super::glyphs::is_han;
use super::super::lexicon::Lexicon;
use super::super::text::Text;
use super::NEVER;

static PLACES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    Lexicon::of(&[(
        (),
        "的地方 的村子 的村 的镇 的寨子 的屯子 的小镇 的山村 的小村 的乡 的山沟 的小区 的巷子 镇上 村里 寨子里 那个村",
    )])
});

/// The end of a place's name at `at`: 叫|五桥|的地方, 名叫|石马|镇上.
pub(super) fn called(text: &Text, at: usize) -> Option<usize> {
    if !text.ends_any(at, &["叫", "叫做", "名为", "称为", "叫“"]) {
        return None;
    }
    let name = (at..at + 8).take_while(|&at| is_han(text.at(at)) && !NEVER.contains(text.at(at))).count();
    let mut ends = (1..=name).map(|length| at + length);
    ends.find(|&end| {
        let quoted = usize::from(text.at(end) == '”');
        PLACES.at(text, end + quoted).is_some()
    })
}
