#!/usr/bin/env python3
"""Makes src/redaction/narrative/data/words.txt, verbs.txt and given.txt.

words.txt: words of the jieba dictionary (MIT) without its names of persons, with their cost.
verbs.txt: verbs and adverbs of two characters, in lines of a hundred.
given.txt: the characters of given names of ngender (MIT), with their cost.
A cost is -ln(share) in quarter nats, rounded; a line is `cost<TAB>entry entry ...`.

    pip download --no-deps jieba==0.42.1 ngender==0.1.1   # unpack both
    python3 tests/recipes/lexicon.py dict.txt charfreq.csv src/redaction/narrative/data
"""
import collections
import csv
import math
import sys

LEAST = 15  # words rarer than this in jieba's corpus say nothing
DONE = 30  # verbs rarer than this are mostly something else
# Words of the dictionary that are names of persons all the same.
NAMES = {"nr", "nrt", "nrfg"}


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


def main():
    dictionary, given, folder = sys.argv[1:]
    rows = [line.split() for line in open(dictionary, encoding="utf8")]
    total = sum(int(row[1]) for row in rows)
    words, verbs = {}, []
    for word, count, kind in rows:
        count = int(count)
        if len(word) > 4 or not han(word) or kind in NAMES and len(word) > 1:
            continue
        if count >= LEAST or len(word) == 1 and count > 0:
            words[word] = quarter_nats(count / total)
        if count >= DONE and len(word) == 2 and kind in {"v", "vi", "d"}:
            verbs.append(word)
    with open(f"{folder}/verbs.txt", "w", encoding="utf8") as out:
        for at in range(0, len(verbs), 100):
            out.write(" ".join(verbs[at:at + 100]) + "\n")
    write(f"{folder}/words.txt", words)
    chars = collections.Counter()
    for row in csv.DictReader(open(given, encoding="utf8")):
        chars[row["char"]] += int(row["male"]) + int(row["female"])
    total = sum(chars.values())
    common = {c: quarter_nats(n / total) for c, n in chars.items() if n >= 30 and han(c)}
    write(f"{folder}/given.txt", common)


main()
