"""Reads bundles as another implementation would: written from src/audit/bundle/FORMAT.md alone, none of it is ours.

One JSON object {"trust": FILE, "bundles": [FILE]} or {…, "bundles": [FILE, FILE]} a line on stdin: one bundle to verify,
or two to hold side by side. "epoch": "NODE:N" says that the log of that node was asked for as it ended in that epoch. For
each a line on stdout: {"exit": 0 | 1 | 2, "found": [what does not hold], "size", "root", "grade"}, the last three of the
first bundle.
"""

import collections
import json
import sys

from outside_formats import (MINUTE, Unreadable, Wrong, b64u, canonical, checkpoint, container, cosigned, epoch, epoch_in,
                             is_by, jws, leaf, need, note, open_trust, proved, read_canonical, read_json, root, sha, unb64,
                             unb64u)

MEMBERS = set("actor code count digest epoch first header lane last peer purpose ref result size x".split())
HEADER = set("basis disclosed epoch from id kind lane person_refs_digest prev purpose seq sequenced_at statement_digest to"
             " v".split())
# What an entry of that type has at least.
TYPES = {
    "sent": "header x", "received": "header x result", "void": "header x result", "refused": "header x result",
    "receipt": "peer lane epoch first last digest", "peer_head": "peer size digest",
    "epoch": "epoch code count", "edit": "actor purpose", "submit": "actor purpose ref",
    "approve": "actor purpose ref", "sign": "actor code digest", "share": "actor", "answer": "actor purpose x code",
    "withdrawn": "code", "purged": "peer code digest", "erased": "code", "read": "actor", "list": "actor count",
    "export": "actor code", "login": "", "peer_change": "actor peer code", "user_change": "actor code digest",
    "key_change": "peer digest code", "alarm": "code",
}


class Log:
    """One bundle under one trust file: what does not hold is in `found`."""

    def __init__(self, data, trust, asked):
        self.found, self.asked = [], asked
        self.nodes, self.witnesses = trust
        self.parts, sums, manifest = container(data)
        try:
            self.about = read_canonical(self.parts["about"][0], "log_origin made_at node size")
        except Wrong as error:
            raise Unreadable("about") from error
        self.node, self.made_at = self.about["node"], self.about["made_at"]
        self.hashes = [leaf(entry) for entry in self.parts["entries"]]
        self.cosigners, self.heads = {}, []
        self.sent, self.settled, self.receipts = {}, {}, {}
        self.noted, self.entries, self.epochs = collections.defaultdict(list), [], []
        if self.node not in self.nodes:
            self.found.append("node unknown")
            return
        self.own = self.nodes[self.node]
        self.check("manifest", self.manifest, manifest, sums)
        for text in self.parts["keys"]:
            self.check("keys", self.descriptor, text.decode())
        self.check("policy", self.policy)
        self.check("entries", self.read_entries)
        self.check("checkpoints", self.checkpoints)
        for said in self.parts["cosignatures"]:
            self.check("cosignatures", self.cosignature, said)
        for said in self.parts["heads"]:
            self.check("heads", self.head, said)
        self.check("heads", self.seen_heads)
        for said in self.parts["receipts"]:
            self.check("receipts", self.receipt, said)
        self.check("receipts", self.all_receipts)
        self.check("cosignatures", self.tail)

    def check(self, part, step, *arguments):
        try:
            step(*arguments)
        except (Wrong, KeyError, TypeError, ValueError, IndexError) as error:
            self.found.append(f"{part}: {error}")

    def manifest(self, data, sums):
        text, lines = note(data)
        origin = self.about["log_origin"]
        need(len(lines) == 1 and is_by(text, lines, origin, self.own["log"]), "signature")
        files = "".join(f"{name} {count} {size} {digest}\n" for name, count, size, digest in sums)
        need(text == f"guitu-bundle v1\n{origin}\n{self.made_at}\n{files}", "not these files")

    def descriptor(self, text):
        claims = read_json(unb64u(text.split(".")[1]))
        jws(text, "guitu-descriptor+jwt", claims["signing_keys"], claims["iat"] * 1000)
        known = self.nodes.get(claims["iss"])
        if known is None:
            return
        same = (unb64u(claims["log_key"]), unb64u(claims["cosigner_key"])) == (known["log"], known["cosigner"])
        kids = {key["kid"] for key in known["signing"]} & {key["kid"] for key in claims["signing_keys"]}
        need(same and kids, "other keys than in the trust file")
        if read_json(unb64u(text.split(".")[0]))["kid"] in {key["kid"] for key in known["signing"]}:
            jws(text, "guitu-descriptor+jwt", known["signing"], claims["iat"] * 1000)

    def policy(self):
        [said] = self.parts["policy"]
        read_canonical(said, "quorum tail_ms witnesses")
        first = read_json(unb64u(self.parts["keys"][0].decode().split(".")[1]))
        need(first["iss"] == self.node, "the first descriptor is another's")

    # Entries and chains.

    def read_entries(self):
        self.ends = {}
        for at, data in enumerate(self.parts["entries"]):
            self.check(f"entry {at}", self.entry, at, data)
        need(len(self.hashes) == self.about["size"], "size")
        need(not self.epochs or self.epochs[-1][1] == self.about["log_origin"], "the last origin")
        mine = [epoch_in(origin, self.node) for _, origin in self.epochs] or [epoch_in(self.about["log_origin"], self.node)]
        self.check("epoch", self.epoch_is_known, mine)

    def epoch_is_known(self, mine):
        asked = mine[-1] in self.own["earlier"] and self.asked == f"{self.node}:{mine[-1][0]}"
        need(self.own["epoch"] in mine or asked, "the epoch of the trust file is not among them")

    def entry(self, at, data):
        said = read_canonical(data)
        self.entries.append(said)
        kind = said["t"]
        members = set(said) - {"at", "leaf", "log_origin", "t"}
        need(kind in TYPES and members <= MEMBERS and set(TYPES[kind].split()) <= members, "members")
        need(said["leaf"] == at, "leaf")
        self.origin(at, said)
        if kind in ("sent", "received", "void", "refused"):
            self.message(said)
        elif kind == "receipt":
            place = (said["peer"], said["lane"], epoch(said["epoch"]), said["first"], said["last"])
            self.noted[place].append([said["digest"], said["at"], said.get("count", 1), False])

    def origin(self, at, said):
        last = self.epochs[-1][1] if self.epochs else None
        if said["log_origin"] == last:
            return
        new = epoch_in(said["log_origin"], self.node)
        if last:
            closed = epoch_in(last, self.node)
            opens = said["t"] == "epoch" and epoch(said["epoch"]) == closed and new[0] > closed[0]
            need(opens, "origin")
        self.epochs.append((at, said["log_origin"]))

    def message(self, said):
        header, kind = said["header"], said["t"]
        need(set(header) == HEADER and b64u(sha(canonical(header))) == said["x"], "x")
        sending = kind == "sent"
        result = {"sent": None, "received": "stored", "void": "void"}.get(kind, said.get("result"))
        need(said.get("result") == result and (kind != "refused" or result.startswith("refused:")), "result")
        need((header["from"] if sending else header["to"]) == self.node and header["from"] != header["to"], "direction")
        peer = header["to"] if sending else header["from"]
        chain = (peer, header["lane"], epoch(header["epoch"]))
        book = self.sent if sending else self.settled
        need(header["seq"] not in book.get(chain, {}), "number doubled")
        book.setdefault(chain, {})[header["seq"]] = said
        now = epoch_in(said["log_origin"], self.node)
        need(not sending or chain[2] == now, "epoch of what was sent")
        self.link(sending, chain, header)

    def link(self, sending, chain, header):
        lane = [other for other in self.ends if other[0] == sending and other[1][:2] == chain[:2]]
        need(all(other[1][2] <= chain[2] for other in lane), "an earlier epoch")
        end = self.ends.get((sending, chain))
        earlier = max((other for other in lane if other[1][2] < chain[2]), default=None, key=lambda other: other[1][2])
        self.ends[sending, chain] = (header["seq"], b64u(sha(canonical(header))))
        whole = epoch_in(self.epochs[0][1], self.node)[0] == 1
        genesis = b64u(bytes(32))
        if end:
            need((header["seq"], header["prev"]) == (end[0] + 1, end[1]), "chain")
        elif sending and chain[2][0] > 1:
            need(header["seq"] == 1, "chain")
        elif whole:
            before = self.ends[earlier][1] if earlier else genesis
            need((header["seq"], header["prev"]) == (1, before), "chain")
        elif earlier and header["seq"] == 1:
            need(header["prev"] == self.ends[earlier][1], "chain")

    # The tree and who saw it.

    def origin_at(self, size):
        return [origin for first, origin in self.epochs if first < size][-1]

    def checkpoints(self):
        self.signed, last = {}, 0
        for data in self.parts["checkpoints"]:
            origin, size, top = checkpoint(data, self.node, self.own)
            need(last < size <= len(self.hashes), "order")
            need(origin == self.origin_at(size) and top == root(self.hashes[:size]), "root")
            self.signed[size], last = (origin, top), size
        need(last == len(self.hashes), "the newest does not cover all")

    def cosignature(self, data):
        said = read_canonical(data, "line peer size")
        peer, size = said["peer"], said["size"]
        if peer not in self.nodes or peer == self.node:
            need(peer != self.node, "its own witness")
            return
        origin, top = self.signed[size]
        need(cosigned(said["line"], origin, size, top, peer, self.nodes[peer]["cosigner"]), "signature")
        if peer in self.witnesses:
            self.cosigners[peer] = size

    def head(self, data):
        said = read_canonical(data, "note peer")
        if said["peer"] in self.nodes:
            self.see(said["peer"], checkpoint(said["note"].encode(), said["peer"], self.nodes[said["peer"]]))

    def see(self, peer, head, sent_at=None):
        for other, known, _ in self.heads:
            need((other, *known[:2]) != (peer, *head[:2]) or known[2] == head[2], "one size, two roots")
        self.heads.append((peer, head, sent_at))

    def seen_heads(self):
        held = {(peer, size, b64u(top)) for peer, (_, size, top), _ in self.heads}
        for said in self.entries:
            if said["t"] == "peer_head" and said["peer"] in self.nodes:
                need((said["peer"], said["size"], said["digest"]) in held, "a head is missing")

    # Receipts.

    def receipt(self, data):
        said = read_canonical(data, "body header")
        need(len(said["body"].encode()) <= 1 << 20 and len(said["header"]) <= 4096, "too long")
        claims = read_json(unb64u(said["header"].split(".")[1]))
        peer = claims["iss"]
        place = (peer, claims["lane"], epoch(claims["epoch"]), claims["first"], claims["last"])
        digest, received_at = b64u(sha(said["header"].encode())), self.made_at
        if place in self.noted:
            noted = next((one for one in self.noted[place] if one[0] == digest), None)
            need(noted, "not the one that was logged")
            noted[3], received_at = True, noted[1]
        if peer not in self.nodes:
            return
        claims = jws(said["header"], "guitu-receipt+jwt", self.nodes[peer]["signing"], received_at)
        need(claims["to"] == self.node and claims["body"] == b64u(sha(said["body"].encode())), "body")
        body = read_json(said["body"])
        need([core["seq"] for core in body["entries"]] == list(range(claims["first"], claims["last"] + 1)), "numbers")
        head = checkpoint(body["checkpoint"].encode(), peer, self.nodes[peer])
        leaves = dict(self.rebuilt(core, place, head[0]) for core in body["entries"])
        proof = [unb64u(hash) for hash in body["proof"]]
        need(max(leaves) < head[1] and proved(0, head[1], leaves, proof) == head[2] and not proof, "proof")
        self.see(peer, head, claims["iat"] * 1000)
        for core in body["entries"]:
            self.receipts.setdefault(place[:3], {})[core["seq"]] = (head[0], core)

    def rebuilt(self, core, place, origin):
        """The receiver's entry for a message, from its receipt and from our own header."""
        sent = self.sent.get(place[:3], {}).get(core["seq"])
        need(sent and sent["x"] == core["x"], "for a message that the log does not have")
        need((core["from"], core["to"], core["lane"], epoch(core["epoch"])) == (self.node, *place[:3]), "another pair")
        same = core["log_origin"] == origin or epoch_in(core["log_origin"], place[0])[0] < epoch_in(origin, place[0])[0]
        need(same, "of another log")
        kind = {"stored": "received", "void": "void"}.get(core["result"], "refused")
        entry = {name: core[name] for name in ("at", "leaf", "log_origin", "result", "x")}
        return core["leaf"], leaf(canonical({**entry, "header": sent["header"], "t": kind}))

    def all_receipts(self):
        for noted in self.noted.values():
            for count in {one[2] for one in noted}:
                need(any(one[3] for one in noted if one[2] == count), "missing")

    def tail(self):
        """Who could witness and never did, though there was time."""
        could = [node for node in self.witnesses if node != self.node]
        oldest = min((said["at"] for said in self.entries if said["t"] != "peer_head"), default=self.made_at)
        need(self.cosigners or not could or self.made_at - oldest <= 5 * MINUTE, "nobody ever witnessed")

    def grade(self):
        could = [node for node in self.witnesses if node != self.node]
        enough = len(self.cosigners) >= max(2, len(could) // 2 + 1)
        return "witnessed" if enough else "pair_witnessed" if self.cosigners else "unwitnessed"


# Two logs side by side.

def late(made_at, at, grace):
    return at is not None and at <= made_at - grace


def beside(one, other):
    found = []
    sizes = {origin: (first, end) for (first, origin), end in
             zip(other.epochs, [at for at, _ in other.epochs[1:]] + [len(other.hashes)])}
    last = other.epochs[-1][1]
    for peer, (origin, size, top), sent_at in one.heads:
        if peer != other.node:
            continue
        logged = min((said["at"] for said in one.entries if said["t"] == "peer_head" and said["peer"] == peer
                      and (said["size"], said["digest"]) == (size, b64u(top))), default=None)
        newer = epoch_in(origin, peer)[0] > epoch_in(last, peer)[0]
        if newer or origin == last and size > len(other.hashes):
            if late(other.made_at, sent_at, MINUTE) or late(other.made_at, logged, 6 * MINUTE):
                found.append("a head beyond the log")
        elif origin in sizes and size <= sizes[origin][1] and root(other.hashes[:size]) != top:
            found.append("a head that is not of this log")
    lanes = {chain[1:] for chain in one.sent if chain[0] == other.node}
    lanes |= {chain[1:] for chain in other.settled if chain[0] == one.node}
    for lane in sorted(lanes):
        sent, settled = one.sent.get((other.node, *lane), {}), other.settled.get((one.node, *lane), {})
        receipts = one.receipts.get((other.node, *lane), {})
        known = [epoch_in(origin, one.node) for _, origin in one.epochs]
        for number in sorted(set(sent) | set(settled)):
            said, got, receipt = sent.get(number), settled.get(number), receipts.get(number)
            if said and got:
                here = receipt and receipt[0] in sizes and receipt[1]["leaf"] < sizes[receipt[0]][1]
                if said["x"] != got["x"]:
                    found.append("one number, two messages")
                elif here and (receipt[1]["leaf"], receipt[1]["result"]) != (got["leaf"], got["result"]):
                    found.append("a receipt contradicts the log")
            elif said:
                within = settled and number < max(settled)
                elsewhere = receipt and receipt[0] != last
                if within or receipt and not elsewhere and receipt[1]["leaf"] < len(other.hashes):
                    found.append("only in the sender's log")
            else:
                beyond = not sent or number > max(sent)
                header = got["header"]
                if lane[1] in known and lane[1] != known[-1] and beyond or lane[1] not in known and lane[1] < max(known):
                    continue
                if not beyond or late(one.made_at, header["sequenced_at"], MINUTE) or late(one.made_at, got["at"], 6 * MINUTE):
                    found.append("only in the receiver's log")
    return found


def answer(asked):
    try:
        with open(asked["trust"], "rb") as file:
            trust = open_trust(file.read())
        logs = []
        for name in asked["bundles"]:
            with open(name, "rb") as file:
                logs.append(Log(file.read(), trust, asked.get("epoch")))
    except Unreadable as why:
        return {"exit": 2, "found": [str(why)]}
    found = [what for log in logs for what in log.found]
    if len(logs) == 2:
        found += beside(*logs) + beside(*reversed(logs))
    first = logs[0]
    return {"exit": 1 if found else 0, "found": found, "size": len(first.hashes), "root": b64u(root(first.hashes)),
            "grade": first.grade()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
