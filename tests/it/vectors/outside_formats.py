"""The formats that a bundle is made of, for outside_reader.py: written from src/audit/bundle/FORMAT.md alone.

Needs Python's standard library and `cryptography`.
"""

import base64
import datetime
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FILES = {"about": 4096, "keys": 262144, "policy": 65536, "checkpoints": 262144, "cosignatures": 4096, "heads": 524288,
         "entries": 2048, "receipts": 8388608}
MAGIC = b"guitu-bundle v1\n"
EPOCH = re.compile(r"([1-9][0-9]*)-([0-9a-f]{16})")
MINUTE = 60_000


class Unreadable(Exception):
    """Not a bundle, or not a trust file."""


class Wrong(Exception):
    """It can be read, and does not hold."""


def need(holds, what):
    if not holds:
        raise Wrong(what)


def sha(data):
    return hashlib.sha256(data).digest()


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(b64u(data) == text, "base64url")
    return data


def unb64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64")
    return data


def single(pairs):
    need(len(dict(pairs)) == len(pairs), "doubled member")
    return dict(pairs)


def read_json(data):
    try:
        return json.loads(data, object_pairs_hook=single)
    except ValueError as error:
        raise Wrong("JSON") from error


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_canonical(data, members=None):
    value = read_json(data)
    need(canonical(value) == data, "not canonical")
    need(members is None or isinstance(value, dict) and set(value) == set(members.split()), "members")
    return value


def signed(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


# The container.

def records(data, at, name):
    head = name.encode() + b"\n"
    if data[at:at + len(head)] != head:
        raise Unreadable(f"no {name}")
    start, at, found = at, at + len(head), []
    while True:
        length = int.from_bytes(data[at:at + 4], "big")
        if len(data) < at + 4 + length or length > FILES.get(name, 262144):
            raise Unreadable(f"{name} is cut off, or a record too long")
        at += 4
        if length == 0:
            return found, at, (len(found), at - start, b64u(sha(data[start:at])))
        found.append(data[at:at + length])
        at += length


def container(data):
    if not data.startswith(MAGIC):
        raise Unreadable("no bundle")
    at, parts, sums = len(MAGIC), {}, []
    for name in FILES:
        parts[name], at, total = records(data, at, name)
        sums.append((name, *total))
    manifest, at, _ = records(data, at, "manifest")
    if at != len(data) or len(manifest) != 1 or len(parts["about"]) != 1:
        raise Unreadable("the end")
    return parts, sums, manifest[0]


# C2SP signed-note, tlog-checkpoint, tlog-cosignature.

def note(data):
    text, blank, lines = data.decode().rpartition("\n\n")
    need(blank and lines.endswith("\n"), "note")
    found = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "—", "signature line")
        raw = unb64(parts[2])
        found.append((parts[1], raw[:4], raw[4:]))
    return text + "\n", found


def key_id(name, kind, key):
    return sha(name.encode() + b"\n" + bytes([kind]) + key)[:4]


def is_by(text, lines, name, key):
    own = [raw for said, ident, raw in lines if (said, ident) == (name, key_id(name, 1, key))]
    return len(own) == 1 and signed(key, text.encode(), own[0])


def checkpoint(data, node, trust):
    """(origin, size, root) of a checkpoint that the node signed."""
    text, lines = note(data)
    body = text.split("\n")
    need(len(body) == 4 and re.fullmatch("0|[1-9][0-9]*", body[1]), "checkpoint")
    epoch_in(body[0], node)
    need(is_by(text, lines, body[0], trust["log"]), "checkpoint signature")
    return body[0], int(body[1]), unb64(body[2])


def cosigned(line, origin, size, root, node, key):
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    _, [(name, ident, raw)] = note(f"{text}\n{line}\n".encode())
    own = f"guitu.{node}/cosigner"
    message = f"cosignature/v1\ntime {int.from_bytes(raw[:8], 'big')}\n{text}".encode()
    return (name, ident) == (own, key_id(own, 4, key)) and signed(key, message, raw[8:])


# RFC 6962.

def leaf(entry):
    return sha(b"\x00" + entry)


def inner(left, right):
    return sha(b"\x01" + left + right)


def half(count):
    return 1 << ((count - 1).bit_length() - 1)


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b"")
    return inner(root(leaves[:half(len(leaves))]), root(leaves[half(len(leaves)):]))


def proved(start, end, leaves, proof):
    """The root of a subtree from some leaves of it and the hashes of those without any."""
    here = {at: hash for at, hash in leaves.items() if start <= at < end}
    if not here:
        need(proof, "proof too short")
        return proof.pop(0)
    if end - start == 1:
        return here[start]
    middle = start + half(end - start)
    left = proved(start, middle, leaves, proof)
    return inner(left, proved(middle, end, leaves, proof))


# Keys, descriptors, epochs.

def epoch(text):
    match = EPOCH.fullmatch(text)
    need(match, "epoch")
    return int(match[1]), match[2]


def epoch_in(origin, node):
    name = f"guitu.{node}/log/"
    need(origin.startswith(name), "origin")
    return epoch(origin[len(name):])


def day(text):
    """The first instant of a day in China, milliseconds."""
    year, month, date = map(int, text.split("-"))
    days = datetime.date(year, month, date).toordinal() - datetime.date(1970, 1, 1).toordinal()
    return (days * 24 - 8) * 60 * MINUTE


def jws(text, typ, keys, received_at):
    head, payload, signature = text.split(".")
    said, claims = read_json(unb64u(head)), read_json(unb64u(payload))
    need(set(said) == {"alg", "kid", "typ"} and (said["alg"], said["typ"]) == ("EdDSA", typ), "JWS header")
    key = next((key for key in keys if key["kid"] == said["kid"]), None)
    need(key and said["kid"].startswith(claims["iss"] + "-"), "key unknown")
    at, end = claims["iat"] * 1000, day(key["sign_until"]) + 24 * 60 * MINUTE
    need(day(key["sign_from"]) <= at < end and received_at < day(key["accept_until"]), "key not valid")
    need(received_at < key.get("compromised_since", received_at + 1), "key compromised")
    need(signed(unb64u(key["x"]), f"{head}.{payload}".encode(), unb64u(signature)), "JWS signature")
    return claims


def open_trust(data):
    try:
        said = read_json(data)
        need(said.pop("guitu_trust") == 1 and set(said) <= {"nodes", "witnesses"}, "trust")
        nodes = {}
        for node in said["nodes"]:
            keys = {"log": unb64u(node["log_key"]), "cosigner": unb64u(node["cosigner_key"])}
            keys.update(epoch=epoch(node["epoch"]), earlier=[epoch(one["epoch"]) for one in node.get("earlier", [])],
                        signing=node["signing_keys"]["keys"])
            need(node["signing_keys"]["node"] == node["node"] and node["node"] not in nodes, "trust")
            nodes[node["node"]] = keys
        return nodes, said.get("witnesses", list(nodes))
    except (Wrong, KeyError, TypeError, ValueError) as error:
        raise Unreadable("trust file") from error
