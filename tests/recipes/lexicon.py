#!/usr/bin/env python3
"""Makes src/redaction/narrative/data/words.txt, verbs.txt and given.txt.

words.txt: words of the jieba dictionary (MIT) without its names of persons, those that it takes for something else
too, with their cost.
verbs.txt: verbs and adverbs of two characters, in lines of a hundred.
given.txt: the characters of given names, with their cost: half of each share comes from given_names.txt (own
judgement), half from how many names of persons of the jieba dictionary have the character.
A cost is -ln(share) in quarter nats, rounded; a line is `cost<TAB>entry entry ...`.

    pip download --no-deps --no-binary :all: -d D jieba==0.42.1
    python3 tests/recipes/lexicon.py D src/redaction/narrative/data

Source, checked by digest: jieba 0.42.1. What its issue tracker has of its origin (896): segmented newspapers and
novels. A name counts once, however often it stands there; only single characters are kept. A list that was counted
from a register of persons is no source, whatever its licence says.
"""
import collections
import hashlib
import math
import pathlib
import re
import sys
import tarfile

JIEBA = ("jieba-0.42.1.tar.gz", "055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2")
HERE = pathlib.Path(__file__).parent
SURNAMES = HERE / "../../src/redaction/narrative/names/surnames.rs"
OWN = HERE / "given_names.txt"
LEAST = 15  # words rarer than this in jieba's corpus say nothing
DONE = 30  # verbs rarer than this are mostly something else
SEEN = 2  # a character that one name alone has is mostly a mistake of the dictionary
# Words of the dictionary that are names of persons all the same.
NAMES = {"nr", "nrt", "nrfg"}
# Persons whom the dictionary marks as places, things, times or sayings.
PERSONS = set(
    "周恩来 周作人 周坤仁 闻一多 刘澜涛 刘彦彬 江渭清 苏东坡 万学文 全金发 毛庆国 郑卫国 金正日 欧阳天 欧阳克 焦山河 苏星河 "
    "封不平 齐达内 奥巴马 拿破仑 普京".split()
)
# A name with two of these is foreign; one that ends like a title is no given name.
FOREIGN = set("尔斯夫普姆逊赫耶坦迪纳塔蒂奥埃基里特拉巴克洛图托沃弗伊格莫罗阿卡哈莱雷维诺鲁塞萨索乌布兹茨顿森德勒亚丁尼加西")
TITLES = set("氏公王侯爷婆僧帝者皇后妃寨村县家郎君")


def dictionary(folder):
    """Lines of the dictionary: word, count, part of speech."""
    path = pathlib.Path(folder) / JIEBA[0]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != JIEBA[1]:
        sys.exit(f"{path}: SHA-256 {digest}, expected {JIEBA[1]}")
    with tarfile.open(path) as archive:
        text = archive.extractfile("jieba-0.42.1/jieba/dict.txt").read().decode()
    return [line.split() for line in text.splitlines()]


def write(path, costs):
    lines = collections.defaultdict(list)
    for entry, cost in costs.items():
        lines[cost].append(entry)
    with open(path, "w", encoding="utf8") as out:
        for cost in sorted(lines):
            out.write(f"{cost}\t{' '.join(sorted(lines[cost]))}\n")


def quarter_nats(share):
    return round(-math.log(share) * 4)


def han(word):
    return all("\u4e00" <= c <= "\u9fff" for c in word)


def surnames():
    """Our own surnames: of one character, and of two."""
    source = SURNAMES.read_text("utf-8")
    single, compound = (re.search(name + r': &str = "(.*?)";', source, re.S).group(1) for name in ("SINGLE", "COMPOUND"))
    return set(single), {name for name in compound.split() if len(name) == 2}


def borne(rows):
    """In how many names of the dictionary each character stands behind a surname."""
    single, compound = surnames()
    count = collections.Counter()
    for name, _, kind in rows:
        if kind != "nr" or not han(name):
            continue
        if len(name) in (3, 4) and name[:2] in compound:
            given = name[2:]
        elif len(name) in (2, 3) and name[0] in single:
            given = name[1:]
        else:
            continue
        if sum(c in FOREIGN for c in name) < 2 and given[-1] not in TITLES:
            count.update(given)
    return count


def own():
    """Our own characters of given names with their weights."""
    weights, weight = {}, 0
    for line in OWN.read_text("utf-8").splitlines():
        if line.startswith("["):
            weight = int(line.strip("[]"))
        elif not line.startswith("#"):
            for c in line:
                weights.setdefault(c, weight)
    return weights


def given(rows):
    """The cost of each character of given names."""
    ours, theirs = own(), borne(rows)
    all_ours, all_theirs = sum(ours.values()), sum(theirs.values())
    characters = set(ours) | {c for c, count in theirs.items() if count >= SEEN}
    share = lambda c: ours.get(c, 0) / all_ours / 2 + theirs[c] / all_theirs / 2
    return {c: quarter_nats(share(c)) for c in characters}


def main(folder, target):
    rows = dictionary(folder)
    total = sum(int(row[1]) for row in rows)
    words, verbs = {}, []
    for word, count, kind in rows:
        count = int(count)
        if len(word) > 4 or not han(word) or word in PERSONS or kind in NAMES and len(word) > 1:
            continue
        if count >= LEAST or len(word) == 1 and count > 0:
            words[word] = quarter_nats(count / total)
        if count >= DONE and len(word) == 2 and kind in {"v", "vi", "d"}:
            verbs.append(word)
    with open(f"{target}/verbs.txt", "w", encoding="utf8") as out:
        for at in range(0, len(verbs), 100):
            out.write(" ".join(verbs[at:at + 100]) + "\n")
    write(f"{target}/words.txt", words)
    write(f"{target}/given.txt", given(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
