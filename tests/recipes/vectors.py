"""Makes the case files under tests/it/vectors/ from test data that published crates carry.

    python3 tests/recipes/vectors.py FOLDER-WITH-CRATE-SOURCES

The crates: ct-merkle 0.3.0 (its known answers are those of transparency-dev/merkle), tlog_tiles 0.2.0 (answers
of a public Certificate Transparency log), signed_note 0.2.0 (the notes of golang.org/x/mod/sumdb/note),
serde_json_canonicalizer 0.4.1 (the RFC 8785 samples). Each valid case comes with mangled ones: they must not hold.
"""

import base64
import decimal
import hashlib
import json
import pathlib
import re
import struct
import sys

SOURCES = pathlib.Path(sys.argv[1])
TARGET = pathlib.Path(__file__).parent.parent / "it" / "vectors"


def sha(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha(b"\x01" + left + right)


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(root(leaves[:half]), root(leaves[half:]))


def older_root(size1, size2, proof):
    """The root of the older tree that a consistency proof starts from (RFC 9162, 2.1.4.2)."""
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first, *rest = proof
    old = new = first
    for hash in rest:
        if fn & 1 or fn == sn:
            old, new = node(hash, old), node(hash, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node(new, hash)
        fn, sn = fn >> 1, sn >> 1
    return old, new


def flipped(hash, bit=0):
    return bytes([hash[0] ^ (1 << bit)]) + hash[1:]


def case(name, args, exit, files=None, stdin=None, stdout=None):
    found = {"name": name, "args": args, "exit": exit}
    if files:
        found["files"] = files
    if stdin is not None:
        found["stdin"] = stdin
    if stdout is not None:
        found["stdout"] = stdout
    return found


def inclusion(name, leaf, index, size, top, proof):
    def one(what, exit, leaf=leaf, index=index, size=size, top=top, proof=proof):
        args = ["inclusion", "--leaf-hash", leaf.hex(), "--index", str(index), "--size", str(size), "--root", top.hex()]
        return case(f"{name}: {what}", args + ["--proof", ",".join(hash.hex() for hash in proof)], exit)

    yield one("holds", 0)
    yield one("another leaf", 1, leaf=flipped(leaf))
    yield one("another root", 1, top=flipped(top))
    yield one("index at the size", 1, index=size)
    yield one("index beyond the size", 1, index=size + 5)
    yield one("trailing hash", 1, proof=proof + [top])
    yield one("leading hash", 1, proof=[leaf] + proof)
    yield one("size zero", 1, size=0)
    for at in sorted({0, len(proof) // 2, len(proof) - 1}) if proof else []:
        yield one(f"hash {at} changed", 1, proof=proof[:at] + [flipped(proof[at], 4)] + proof[at + 1 :])
    if proof:
        yield one("no proof", 1, proof=[])
        yield one("truncated", 1, proof=proof[:-1])
        yield one("neighbour", 1, index=index ^ 1)
        yield one("twice the size", 1, size=size * 2)
    if len(proof) > 1:
        yield one("reversed", 1, proof=proof[::-1])
    short = one("a short hash", 2)
    short["args"][-1] = (",".join(hash.hex() for hash in proof) or leaf.hex())[:-2]
    yield short


def consistency(name, size1, root1, size2, root2, proof):
    def one(what, exit, size1=size1, root1=root1, size2=size2, root2=root2, proof=proof):
        args = ["consistency", "--size1", str(size1), "--root1", root1.hex(), "--size2", str(size2), "--root2", root2.hex()]
        return case(f"{name}: {what}", args + ["--proof", ",".join(hash.hex() for hash in proof)], exit)

    yield one("holds", 0)
    yield one("another older root", 1, root1=flipped(root1))
    yield one("another newer root", 1, root2=flipped(root2))
    yield one("trailing hash", 1, proof=proof + [root1])
    yield one("leading hash", 1, proof=[root1] + proof)
    yield one("older is larger", 1, size1=size2 + 1)
    for at in sorted({0, len(proof) // 2, len(proof) - 1}) if proof else []:
        yield one(f"hash {at} changed", 1, proof=proof[:at] + [flipped(proof[at], 4)] + proof[at + 1 :])
    if proof:
        yield one("no proof", 1, proof=[])
        yield one("truncated", 1, proof=proof[:-1])
        yield one("swapped roots", 1, root1=root2, root2=root1)
        yield one("older size one more", 1, size1=size1 + 1)
        yield one("older size zero", 1, size1=0)
        yield one("newer size doubled", 1, size2=size2 * 2)


def known_answers():
    text = (SOURCES / "ct-merkle-0.3.0/tests/known_answer.rs").read_text()
    text = re.sub(r"\\\n\s*", "", text)
    entries = re.findall(r'"([0-9a-f]*)"', text.split("const LEAVES")[1].split("];")[0])
    leaves = [sha(b"\0" + bytes.fromhex(entry)) for entry in entries]
    hashes = lambda text: [bytes.fromhex(text[at : at + 64]) for at in range(0, len(text), 64)]
    included = r'num_leaves: (\d+),\s*idx: (\d+),\s*expected_proof: "([0-9a-f]*)"'
    for size, index, proof in re.findall(included, text):
        size, index = int(size), int(index)
        yield from inclusion(f"leaf {index} of {size}", leaves[index], index, size, root(leaves[:size]), hashes(proof))
    grown = r'num_leaves1: (\d+),\s*num_leaves2: (\d+),\s*expected_proof: "([0-9a-f]*)"'
    for size1, size2, proof in re.findall(grown, text):
        size1, size2 = int(size1), int(size2)
        roots = root(leaves[:size1]), root(leaves[:size2])
        yield from consistency(f"{size1} to {size2}", size1, roots[0], size2, roots[1], hashes(proof))
    empty = root([])
    yield from consistency("empty to empty", 0, empty, 0, empty, [])
    yield from consistency("8 to 8", 8, root(leaves), 8, root(leaves), [])


def public_log():
    answers = SOURCES / "tlog_tiles-0.2.0/tests/http_get"
    read = lambda name: json.loads(next(answers.glob(name + "*")).read_text())
    raw = base64.b64decode
    head, entry = read("get-sth"), read("get-entries")["entries"][0]
    head = json.loads((answers / "get-sth").read_text())
    size, top = head["tree_size"], raw(head["sha256_root_hash"])
    proof = read("get-proof-by-hash")
    leaf = sha(b"\0" + raw(entry["leaf_input"]))
    path = [raw(hash) for hash in proof["audit_path"]]
    yield from inclusion("a certificate of a public log", leaf, proof["leaf_index"], size, top, path)
    path = [raw(hash) for hash in read("get-sth-consistency")["consistency"]]
    old, new = older_root(3654490, size, path)
    assert new == top
    yield from consistency("growth of a public log", 3654490, old, size, top, path)


PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"


def notes():
    source = (SOURCES / "signed_note-0.2.0/src/lib.rs").read_text()
    peter_line = re.search(r'let peter_sig = "(.*?)\\n"', source)[1] + "\n"
    enoch_line = re.search(r'let enoch_sig = "(.*?)\\n"', source)[1] + "\n"
    assert PETER in source and ENOCH in source
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    changed = peter_line[:60] + "ABCD" + peter_line[60:]

    def one(name, exit, note, keys=(PETER,)):
        args = ["note"] + [word for key in keys for word in ("--key", key)] + ["{note}"]
        return case(name, args, exit, {"note": note})

    both = text + "\n" + peter_line + enoch_line
    yield one("both signed, one known", 0, both)
    yield one("both signed, the other known", 0, both, [ENOCH])
    yield one("both signed, both known", 0, both, [PETER, ENOCH])
    list_of_keys = one("keys as one list", 0, both)
    list_of_keys["args"] = ["note", "--key", PETER, ENOCH, "{note}"]
    yield list_of_keys
    yield one("signed by an unknown key only", 1, text + "\n" + enoch_line)
    yield one("a known key's line is not its own", 1, text + "\n" + changed)
    yield one("an unknown key's line is not its own", 0, text + "\n" + peter_line + enoch_line[:60] + "ABCD" + enoch_line[60:])
    yield one("one line twice", 0, text + "\n" + peter_line * 2)
    yield one("sixteen unknown lines beside it", 0, text + "\n" + enoch_line * 16 + peter_line)
    yield one("too many lines", 2, text + "\n" + peter_line * 101)
    yield one("another name on the line", 1, text + "\n" + peter_line.replace("PeterNeumann", "CarmenSandiego"))
    yield one("another id on the line", 1, text + "\n" + peter_line.replace("x08g", "xxxx"))
    yield one("another text", 1, both.replace("answer", "anwser"))
    yield one("a text with an empty line", 1, both.replace("problem,\n", "problem,\n\n"))
    broken = {
        "no signature": text,
        "an empty line and no signature": text + "\n",
        "no newline at the end": (text + "\n" + peter_line)[:-1],
        "a control character": "\x01" + both,
        "a space in the name": both + "— Bad Name " + peter_line.split(" ")[2],
        "a line that is no signature": text + "\n" + peter_line + "Unexpected line.\n",
        "a hyphen for the dash": both.replace("— P", "- P"),
        "no base64": text + "\n— PeterNeumann x08g!\n",
        "a signature without bytes": text + "\n— PeterNeumann x08gow==\n",
        "carriage returns": both.replace("\n", "\r\n"),
        "empty": "",
    }
    for name, note in broken.items():
        yield one(name, 2, note)
    wrong_keys = {
        "cut": PETER[:-1],
        "another id": PETER.replace("c74f20a3", "c74f20a4"),
        "too long": "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "an unknown algorithm": "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "no name": PETER[len("PeterNeumann") :],
    }
    for name, key in wrong_keys.items():
        yield one(f"a key that is {name}", 2, both, [key])


def canon():
    data = SOURCES / "serde_json_canonicalizer-0.4.1/tests/resources"
    for given in sorted((data / "testdata/input").glob("*.json")):
        wanted = (data / "testdata/output" / given.name).read_text()
        yield case(f"RFC 8785 {given.stem}", [], 0, stdin=given.read_text(), stdout=wanted)
    for name in ("rfc_example", "rfc_sorting"):
        given, wanted = ((data / f"{name}.{what}.json").read_text() for what in ("input", "expected"))
        yield case(name, [], 0, stdin=given, stdout=wanted.rstrip("\n"))
    for bits, wanted in re.findall(r'#\[case\(0x([0-9a-f]{16}) => "([^"]+)"', (data.parent / "number_formatting.rs").read_text()):
        value = struct.unpack(">d", bytes.fromhex(bits))[0]
        # Its shortest form, all its digits, and one more that is too small to count.
        forms = [wanted, format(decimal.Decimal(value), "f")] if abs(value) < 1e300 else [wanted]
        forms += [forms[-1] + ("" if "." in forms[-1] else ".") + "0" * 8 + "1"] if abs(value) > 1 and "e" not in forms[-1] else []
        for at, given in enumerate(forms):
            yield case(f"RFC 8785 appendix B {bits} {at}", [], 0, stdin=given, stdout=wanted)
    numbers = {
        "-0": "0", "-0.0": "0", "0.0": "0", "1e20": "100000000000000000000", "1e-7": "1e-7", "1E30": "1e+30", "4.50": "4.5",
        "2e-3": "0.002", "333333333.33333329": "333333333.3333333", "9007199254740993": "9007199254740992",
        "-9007199254740995": "-9007199254740996", "9223372036854775807": "9223372036854776000",
        "-9223372036854775808": "-9223372036854776000", "18446744073709551615": "18446744073709552000",
        "18446744073709551616": "18446744073709552000", "123456789012345678901234567890": "1.2345678901234568e+29",
        "1e-400": "0", "[1,9007199254740994,10000000000000001]": "[1,9007199254740994,10000000000000000]",
    }
    for given, wanted in numbers.items():
        yield case(f"number {given}", [], 0, stdin=given, stdout=wanted)
    refused = {
        "a doubled key": '{"a":1,"a":2}', "a doubled key, escaped": '{"a":1,"\\u0061":2}',
        "a lone high surrogate": '"\\ud800"', "a lone low surrogate": '"\\udead"', "a lone surrogate in a key": '{"\\ud83d":1}',
        "surrogates the wrong way round": '"\\ude00\\ud83d"', "an integer beyond all doubles": "1" + "0" * 309,
        "a nesting of 1025 arrays": "[" * 1025 + "]" * 1025, "a nesting of 1025 objects": '{"a":' * 1025 + "1" + "}" * 1025,
        "a number too large": "1e400", "a leading zero": "01", "a plus": "+1", "a bare point": "1.", "NaN": "NaN",
        "two values": "1 2", "nothing": "", "a byte order mark": "\ufeff{}", "a comment": "{} // x", "a trailing comma": "[1,]",
        "single quotes": "{'a':1}", "a raw newline in a string": '"a\nb"', "an open array": "[1",
    }
    for name, open, close in (("arrays", "[", "]"), ("objects", '{"a":', "}")):
        deep = open * 1024 + "1" + close * 1024
        yield case(f"a nesting of 1024 {name}", [], 0, stdin=deep, stdout=deep)
    for name, given in refused.items():
        yield case(name, [], 2, stdin=given)


def write(name, source, command, cases):
    said = {"source": source, "command": command, "cases": list(cases)}
    (TARGET / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")


write("known_answers", "ct-merkle 0.3.0, tests/known_answer.rs (MIT or Apache-2.0): transparency-dev/merkle", "verify", known_answers())
write("public_log", "tlog_tiles 0.2.0, tests/http_get (BSD-3-Clause): answers of a public CT log", "verify", public_log())
write("notes", "signed_note 0.2.0, src/lib.rs (BSD-3-Clause): golang.org/x/mod/sumdb/note", "verify", notes())
write("canon", "serde_json_canonicalizer 0.4.1, tests/resources (MIT): RFC 8785; number forms of RFC 8785 appendix B", "canon", canon())
