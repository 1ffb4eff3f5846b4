"""Makes tests/it/vectors/checkpoints.json: signed tree heads of public logs, and others under a published key.

    python3 tests/recipes/checkpoints.py

Needs the package `cryptography`, which signs and checks here, so that no line of ours made what ours must verify. The
heads of sum.golang.org and of a public CT log are what these logs published (facts, free for all; they also stand in
test data of transparency-dev/witness, Apache-2.0). The key of the other cases is that of the tests of
golang.org/x/mod/sumdb/note (BSD-3-Clause). Each valid case comes with mangled ones: they must not hold.
"""

import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TARGET = pathlib.Path(__file__).parent.parent / "it" / "vectors" / "checkpoints.json"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PRIVATE = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
EMPTY = base64.b64encode(hashlib.sha256(b"").digest()).decode()
LOG, COSIGNER = 1, 4

SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
HEADS = {
    3935567: ("SapHtgdNCeF00Cx8kqztePV24kgzNg++Xovae42HAMw=", "Az3grsm7Wm4CVNR1RHq9BFnu9jzcRlU2uw7lr0gfUWgO6+rqPNjT+fUTl9gH0NRTgdwW9nItuQSMbhSaLCsk8YeYSAs="),
    6476701: ("mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=", "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw="),
    15067302: ("gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=", "Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww="),
    65209736: ("5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=", "Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8="),
}
# A witness that signs plain notes: no key of ours to know.
SECOND = "— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=\n"

REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
ARCHE = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""
ARCHE_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"


def key_id(name, use, public=PUBLIC):
    return hashlib.sha256(name.encode() + b"\n" + bytes([use]) + public).digest()[:4]


def vkey(name, use, public=PUBLIC):
    return f"{name}+{key_id(name, use, public).hex()}+{base64.b64encode(bytes([use]) + public).decode()}"


def line(name, text, use=LOG, time=None, id=None):
    if use == COSIGNER:
        stamp = time.to_bytes(8, "big")
        body = stamp + PRIVATE.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    else:
        body = PRIVATE.sign(text.encode())
    return f"— {name} {base64.b64encode((id or key_id(name, use)) + body).decode()}\n"


def text(origin, size, root=ROOT, more=()):
    return "".join(f"{one}\n" for one in (origin, size, root, *more))


def case(name, exit, note, command="checkpoint", keys=(), cosigners=()):
    args = [command]
    for key in keys:
        args += ["--key", key]
    for key in cosigners:
        args += ["--cosigner", key]
    return {"name": name, "args": args + ["{note}"], "exit": exit, "files": {"note": note}}


def sumdb():
    """The checkpoint's origin is `go.sum database tree`; the key has the server's name."""
    for size, (root, signature) in HEADS.items():
        head = text("go.sum database tree", size, root)
        public = base64.b64decode(SUMDB.split("+", 2)[2])[1:]
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature)[4:], head.encode())
        note = f"{head}\n— sum.golang.org {signature}\n"
        one = lambda what, exit, note, command="checkpoint", keys=(SUMDB,): case(f"sum.golang.org at {size}: {what}", exit, note, command, keys)
        yield one("holds", 0, note)
        yield one("holds as a note", 0, note, "note")
        yield one("with a line of an unknown key", 0, note + SECOND)
        yield one("an unknown key's line first", 0, head + "\n" + SECOND + note.split("\n\n")[1])
        yield one("another origin", 1, note.replace("database", "databases"))
        yield one("another size", 1, note.replace(f"\n{size}\n", f"\n{size + 1}\n"))
        yield one("another root", 1, note.replace(root, ROOT))
        yield one("an extension line more", 1, note.replace(f"{root}\n", f"{root}\nmore\n"))
        yield one("another signature", 1, note.replace(signature, signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]))
        yield one("its name only", 1, f"{head}\n— sum.golang.org {base64.b64encode(b'0000' + bytes(64)).decode()}\n")
        yield one("another log's key", 1, note, keys=(ARCHE_KEY,))
        yield one("cut", 2, note[:-1])
        yield one("without its signature", 2, head)


def ct_log():
    """Two lines of the log under one name, four of witnesses; of these one key is known."""
    one = lambda what, exit, note=ARCHE, **more: case(f"a public CT log: {what}", exit, note, **more)
    both = dict(keys=(ARCHE_KEY,), cosigners=(REMORA,))
    yield one("holds", 0, keys=(ARCHE_KEY,))
    yield one("holds, and is cosigned", 0, **both)
    yield one("the cosignature alone", 0, command="cosignature", keys=(REMORA,))
    yield one("both as a note", 0, command="note", keys=(ARCHE_KEY, REMORA))
    yield one("another size", 1, ARCHE.replace("1432088532", "1432088533"), **both)
    yield one("another size, cosignature", 1, ARCHE.replace("1432088532", "1432088533"), command="cosignature", keys=(REMORA,))
    lines = ARCHE.splitlines(keepends=True)
    yield one("the cosignature is missing", 1, "".join(l for l in lines if "remora" not in l), **both)
    yield one("the log's line is missing", 1, "".join(l for l in lines if "ui8GwC" not in l), **both)
    yield one("another time", 1, ARCHE.replace("2net5wAAAABqEiEg", "2net5wAAAABqEiEh"), command="cosignature", keys=(REMORA,))
    yield one("the cosigner's line is the log's", 1, ARCHE.replace("remora.n621.de 2net5", "remora.n621.de ui8Gw"), **both)
    yield one("a log's key as a cosigner's", 2, command="cosignature", keys=(ARCHE_KEY,))
    yield one("a cosigner's key as a log's", 2, keys=(REMORA,))


def made():
    """What public logs happen not to have."""
    name = "example.com/behind-the-sofa"
    heads = {
        "an empty log": text(name, 0, EMPTY),
        "one entry": text(name, 1),
        "2^53": text(name, 1 << 53),
        "2^63 - 1": text(name, (1 << 63) - 1),
        "2^63": text(name, 1 << 63),
        "2^64 - 1": text(name, (1 << 64) - 1),
        "an extension line": text(name, 7, more=["an extension: 归途"]),
        "three extension lines": text(name, 7, more=["a", "— b", "c"]),
        "an origin with blanks and a plus": text("behind + the sofa", 7),
    }
    for what, head in heads.items():
        note = head + "\n" + line(name, head)
        yield case(f"{what}: holds", 0, note, keys=[vkey(name, LOG)])
        cosigned = note + line("witness.example/w1", head, COSIGNER, 1_679_315_147)
        yield case(f"{what}: is cosigned", 0, cosigned, keys=[vkey(name, LOG)], cosigners=[vkey("witness.example/w1", COSIGNER)])
        yield case(f"{what}: changed", 1, note.replace("\n", "0\n", 1), keys=[vkey(name, LOG)])
    head = text(name, 7)
    signed = line(name, head)
    broken = {
        "no origin": text("", 7), "a size of words": text(name, "seven"), "a leading zero": text(name, "07"), "a plus": text(name, "+7"),
        "2^64": text(name, 1 << 64), "a negative size": text(name, -7), "no size": text(name, ""), "a short root": text(name, 7, ROOT[:40]),
        "a root without padding": text(name, 7, ROOT[:-1]), "a root in base64url": text(name, 7, ROOT.replace("/", "_").replace("+", "-")),
        "an empty extension line": text(name, 7, more=["", "a"]), "two lines": f"{name}\n7\n",
    }
    for what, wrong in broken.items():
        yield case(f"{what}: signed, and no checkpoint", 2, wrong + "\n" + line(name, wrong), keys=[vkey(name, LOG)])
        yield case(f"{what}: signed, and a note", 0, wrong + "\n" + line(name, wrong), "note", [vkey(name, LOG)])
    upper = vkey(name, LOG).split("+", 2)
    yield case("a key id in capitals", 0, head + "\n" + signed, keys=["+".join([upper[0], upper[1].upper(), upper[2]])])
    for odd in ("a", "a.b", "例.example/日志", "sum.golang.org", "x" * 200, "a/b:c@d"):
        yield case(f"a key named {odd[:20]}", 0, head + "\n" + line(odd, head), keys=[vkey(odd, LOG)])
    other = line(name, head, id=b"\x01\x02\x03\x04")
    yield case("a line of the same name and another id", 0, head + "\n" + other + signed, keys=[vkey(name, LOG)])
    yield case("a line of the same id and another name", 0, head + "\n" + signed + line("other", head, id=key_id(name, LOG)), keys=[vkey(name, LOG)])
    yield case("twice the same line", 0, head + "\n" + signed * 2, keys=[vkey(name, LOG)])
    bad = line(name, head + "x")
    yield case("a good line and a bad one of one key", 1, head + "\n" + signed + bad, keys=[vkey(name, LOG)])
    yield case("a bad line and a good one of one key", 1, head + "\n" + bad + signed, keys=[vkey(name, LOG)])
    yield case("a log's signature as a cosignature", 1, head + "\n" + line("w", head, id=key_id("w", COSIGNER)), "cosignature", [vkey("w", COSIGNER)])
    for time in (0, 1, 1_679_315_147, (1 << 63) - 1):
        cosigned = head + "\n" + line("w", head, COSIGNER, time)
        yield case(f"cosigned at {time}", 0, cosigned, "cosignature", [vkey("w", COSIGNER)])
    late = head + "\n" + line("w", head, COSIGNER, 1 << 63)
    yield case("cosigned at 2^63", 1, late, "cosignature", [vkey("w", COSIGNER)])
    twice = head + "\n" + line("w", head, COSIGNER, 5) + line("w", head, COSIGNER, 9)
    yield case("cosigned twice", 0, twice, "cosignature", [vkey("w", COSIGNER)])
    under = line("w", head, COSIGNER, 5).replace("— w ", "— v ")
    yield case("cosigned under another name", 1, head + "\n" + under, "cosignature", [vkey("w", COSIGNER)])
    yield case("a cosignature and no log's line", 1, head + "\n" + line("w", head, COSIGNER, 5), keys=[vkey(name, LOG)], cosigners=[vkey("w", COSIGNER)])
    for number in (16, 50):
        many = "".join(line(f"w{at}", head, COSIGNER, at) for at in range(number))
        yield case(f"{number} cosignatures of which one is known", 0, head + "\n" + many + signed, keys=[vkey(name, LOG)], cosigners=[vkey("w3", COSIGNER)])


SOURCE = "heads published by sum.golang.org and a public CT log (facts; also in transparency-dev/witness, Apache-2.0); others signed with the test key of golang.org/x/mod/sumdb/note (BSD-3-Clause)"
cases = [*sumdb(), *ct_log(), *made()]
TARGET.write_text(json.dumps({"source": SOURCE, "command": "verify", "cases": cases}, ensure_ascii=False, indent=1) + "\n")
print(len(cases))
