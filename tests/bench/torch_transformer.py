#!/usr/bin/env python3
"""A decoder-only Transformer in PyTorch on the music that musegen reads, under the same accounting, by hand.

    build/musegen train --scratch --steps 20 --set train.choose=0 -m MODEL CORPUS/train CORPUS/valid
    for side in train valid test; do
        build/musegen eval MODEL CORPUS/$side --per-note $side.csv -f
    done
    python3 tests/bench/torch_transformer.py train.csv valid.csv --test test.csv

MODEL is any model of the settings wanted (corpus.grid, corpus.frame), as of the tables only the events are read.
For rolls of frames it is one trained with --set corpus.frame=24, with the same --frame here.

Nats are -ln p(piece), as docs/evaluation.md has them: every event is charged, the first and END too, nothing is
clipped; a duration or shift that is rare in the training music costs its escape and an Elias gamma code. Given
are the number of parts and that bars are 4/4 from tick 0 on; pieces in which the metre changes are refused.

A row of the network is an event. The trunk sees the events before, and of its own event the shift and the part;
it says the pitch. The layers on top see the pitch too, and say the duration, then the next event's shift and its
part (or END). Attention has relations that depend on the query, by time and by pitch (Huang et al. 2018), and
biases by the two parts and by what is left of the earlier note. What each part played last and how long it
sounds is given too, as musegen does, unless --plain. Dropout, AdamW, transposition and the running average are
much as musegen has them.
"""
import argparse
import copy
import csv
import math
import random
import time

parser = argparse.ArgumentParser()
parser.add_argument("train"), parser.add_argument("valid")
parser.add_argument("--test", help="scored once, when training is over, with the best weights on valid")
parser.add_argument("--weights", help="file of the best weights so far; --steps 0 scores them")
parser.add_argument("--check", action="store_true", help="test the network instead of training it")
parser.add_argument("--plain", action="store_true", help="what sounds in each part is not given")
parser.add_argument("--bfloat16", action="store_true", help="train with products in bfloat16; scores are of float32")
for name, built_in, help in (
        ("quarter", 24, "ticks"), ("frame", 24, "ticks"), ("width", 192, None), ("heads", 4, None),
        ("layers", 4, "of the trunk"), ("top", 1, "layers that know the pitch"), ("dropout", 0.4, None),
        ("attention-dropout", 0.1, None), ("field-dropout", 0.2, "of whole input fields"), ("steps", 1500, None),
        ("batch", 8, "pieces a step"), ("rate", 2e-3, None), ("decay", 0.1, None), ("average", 0.998, None),
        ("patience", 10, "epochs without a better one"), ("threads", 1, None), ("seed", 1, None)):
    parser.add_argument(f"--{name}", type=type(built_in), default=built_in, help=help)
args = parser.parse_args()

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pad_sequence

torch.set_num_threads(args.threads)
torch.manual_seed(args.seed), random.seed(args.seed)

SIXTEENTH, BAR = args.quarter // 4, 4 * args.quarter
NO_PITCH = 128
REACH = 24  # semitones that an interval has a row of its own for
INTERVALS = 2 * REACH + 2  # and one for none
NEAR, DISTANCES = 48, 80  # 16ths that have a row each, and all rows of time
LEFT = 18  # of what is left of a note: over, ends now, 16 of 16ths
SELF = LEFT  # the event itself, whose duration is not known yet
gamma_bits = lambda value: 2 * (value + 1).bit_length() - 1
RARE = 5  # values that training has less often have no symbol
HEADS, NOTE = ("shift", "part", "pitch", "duration"), ("tick", "end", "part", "pitch", "duration")


def read(path):
    """Pieces as (events, tick of END, number of parts), an event as [tick, part, pitch, duration]."""
    pieces = []
    with open(path, newline="") as f:
        for row in csv.DictReader(f):
            if row["kind"] == "start":
                pieces.append([])
            elif row["kind"] == "note":
                pieces[-1].append([int(row["tick"]), int(row["part"]) - 1, int(row["pitch"]), int(row["duration"])])
            elif row["kind"] == "end":
                pieces[-1] = pieces[-1], int(row["tick"]), 1 + max(e[1] for e in pieces[-1])
            else:
                raise SystemExit(f"{path}: {row['piece']}: the metre changes, which this network cannot say")
    return pieces


def wide(x):  # at least float32
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Symbols:
    """Values that are frequent in training, then the escape, then `start`, which is never chosen."""

    def __init__(self, values):
        self.of = {v: i for i, v in enumerate(v for v in sorted(set(values)) if values.count(v) >= RARE)}
        self.escape, self.start = len(self.of), len(self.of) + 1

    def __call__(self, values):
        return [self.of.get(v, self.escape) for v in values]

    def code(self, values):  # what they cost besides their symbols
        return torch.tensor([0.0 if v in self.of else gamma_bits(v) * math.log(2) for v in values])


def shifts_of(piece):
    ticks = [0] + [e[0] for e in piece[0]] + [piece[1]]
    return [b - a for a, b in zip(ticks, ticks[1:])]


class Music:
    """What is to be known of the training music to write a piece as rows."""

    def __init__(self, pieces):
        self.parts = 1 + max(e[1] for events, *_ in pieces for e in events)
        self.durations = Symbols([e[3] for events, *_ in pieces for e in events])
        self.shifts = Symbols([s for p in pieces for s in shifts_of(p)])
        pitches = [[e[2] for events, *_ in pieces for e in events if e[1] == part] for part in range(self.parts)]
        self.range = [(min(x), max(x)) for x in pitches]

    def room(self, events):
        """Transpositions that leave every part within its range."""
        fits = lambda k: all(self.range[e[1]][0] <= e[2] + k <= self.range[e[1]][1] for e in events)
        return [k for k in range(-6, 7) if fits(k)]

    def rows(self, piece):
        """A row for the start and for every note; targets are its pitch, its duration and what comes next."""
        events, end, parts = piece
        assert parts <= self.parts, "a piece has more parts than the training music"
        shifts, durations = shifts_of(piece), [e[3] for e in events]
        last, until = [NO_PITCH] * self.parts, [-1] * self.parts
        slots, ends = [last[:]], [until[:], until[:]]
        for tick, part, pitch, duration in events:
            slots.append(last[:])
            last[part], until[part] = pitch, tick + duration
            ends.append(until[:])
        column = lambda i, start: [start] + [e[i] for e in events]
        r = {"tick": column(0, 0), "part": column(1, self.parts), "pitch": column(2, NO_PITCH),
             "end": [0] + [e[0] + e[3] for e in events],
             "duration": [self.durations.start] + self.durations(durations),
             "shift": [self.shifts.start] + self.shifts(shifts[:-1]),
             "next_shift": self.shifts(shifts), "next_part": [e[1] for e in events] + [self.parts],
             "next_tick": [e[0] for e in events] + [end],
             "slots": slots, "ends": ends[:-1], "next_ends": ends[1:], "parts": [parts] * (len(events) + 1)}
        r = {name: torch.tensor(values) for name, values in r.items()}
        r["code"] = torch.zeros(len(shifts), 4)
        r["code"][:, 0], r["code"][1:, 3] = self.shifts.code(shifts), self.durations.code(durations)
        r["valid"], r["note"] = torch.arange(len(shifts)) >= 0, torch.arange(len(shifts)) > 0
        return r


def interval(pitch, reference):
    d = (pitch - reference).clamp(-REACH, REACH) + REACH
    return d.masked_fill((pitch == NO_PITCH) | (reference == NO_PITCH), INTERVALS - 1)


def left(end, tick):
    r = end - tick
    return (1 + (r + SIXTEENTH - 1).div(SIXTEENTH, rounding_mode="floor").clamp(0, LEFT - 2)).masked_fill(r < 0, 0)


def collate(music, rows, transpose=None):
    """Pieces side by side. What is after the end of one is in no loss, and nothing before looks there."""
    b = {name: pad_sequence([r[name] for r in rows], True) for name in rows[0]}
    if transpose:
        by = torch.tensor(transpose)[:, None]
        b["pitch"] = torch.where(b["pitch"] < NO_PITCH, (b["pitch"] + by).clamp(0, 127), b["pitch"])
        b["slots"] = torch.where(b["slots"] < NO_PITCH, (b["slots"] + by[:, :, None]).clamp(0, 127), b["slots"])
    # the last pitch of the event's own part, from which intervals are counted before its pitch is known
    own = F.pad(b["slots"], (0, 1), value=NO_PITCH).gather(2, b["part"][:, :, None])
    b["own"] = own[:, :, 0]
    b["intervals"], b["lefts"] = interval(b["slots"], own), left(b["ends"], b["tick"][:, :, None])
    b["before"] = {name: torch.cat([b[name][:, :1], b[name][:, :-1]], 1) for name in NOTE}
    return b


def relations(music, b, key, reference, itself):
    """Of every row (query) to the note of every row up to it (key): by time, by pitch, by part and what is left."""
    n = (b["tick"][:, :, None] - key["tick"][:, None]).clamp(min=0) // SIXTEENTH
    far = NEAR + (8 * (n.clamp(min=NEAR) / NEAR).log2()).long()
    distance = torch.where(n < NEAR, n, far).clamp(max=DISTANCES - 1)
    pitch = interval(key["pitch"][:, None], reference[:, :, None])
    remaining = left(key["end"][:, None], b["tick"][:, :, None])
    if itself:
        remaining.diagonal(dim1=1, dim2=2).fill_(SELF)
    pair = b["part"][:, :, None] * (music.parts + 1) + key["part"][:, None]
    return distance[:, None], pitch[:, None], pair * (LEFT + 1) + remaining


class Layer(nn.Module):
    def __init__(self, parts):
        super().__init__()
        d, h = args.width, args.heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.distance = nn.Parameter(0.1 * torch.randn(h, d // h, DISTANCES))
        self.pitch = nn.Parameter(0.1 * torch.randn(h, d // h, INTERVALS))
        self.bias = nn.Parameter(0.1 * torch.randn(h, (parts + 1) ** 2 * (LEFT + 1)))
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.drop = nn.Dropout(args.dropout)

    def forward(self, x, relation):
        (batch, rows, d), heads, (distance, pitch, kind) = x.shape, args.heads, relation
        q, k, v = self.qkv(self.norm1(x)).view(batch, rows, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
        spread = lambda index: index.expand(-1, heads, -1, -1)
        scores = q @ k.transpose(2, 3)
        # wide, as what is gathered has gradients that are sums of many
        scores = scores + wide(q @ self.distance).gather(3, spread(distance))
        scores = scores + wide(q @ self.pitch).gather(3, spread(pitch))
        bias = self.bias.gather(1, kind.view(1, -1).expand(heads, -1)).view(heads, *kind.shape).transpose(0, 1)
        future = torch.ones(rows, rows, dtype=torch.bool).triu(1)
        scores = (scores * (d // heads) ** -0.5 + bias).masked_fill(future, -torch.inf)
        # the same for all heads: masks take long to draw
        keep = F.dropout(torch.ones(batch, 1, rows, rows), args.attention_dropout, self.training)
        a = (scores.softmax(3) * keep.to(x.dtype) @ v).transpose(1, 2).reshape(batch, rows, d)
        x = x + self.drop(self.out(a))
        return x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))


class Transformer(nn.Module):
    def __init__(self, music):
        super().__init__()
        self.music, d, parts = music, args.width, music.parts
        durations, shifts = music.durations.start + 1, music.shifts.start + 1
        table = lambda n: nn.Embedding(n, d)
        fields = {"shift": shifts, "part": parts + 1, "bar": BAR, "beat": args.quarter, "parts": parts + 1,
                  "last part": parts + 1, "last pitch": NO_PITCH + 1, "last duration": durations}
        if not args.plain:
            fields["own"] = NO_PITCH + 1
            self.relative = nn.Linear(d, (parts + 1) * INTERVALS)
        self.slots = 0 if args.plain else parts
        for k in range(self.slots):
            fields |= {f"slot {k}": NO_PITCH + 1, f"interval {k}": INTERVALS, f"left {k}": LEFT}
        self.left_now, self.left_next = (nn.ModuleList(table(LEFT) for _ in range(self.slots)) for _ in range(2))
        self.fields = nn.ModuleDict({name: table(n) for name, n in fields.items()})
        self.trunk = nn.ModuleList(Layer(parts) for _ in range(args.layers))
        self.top = nn.ModuleList(Layer(parts) for _ in range(args.top))
        self.trunk_norm, self.top_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self.pitch = nn.Linear(d, 128)
        self.chosen_pitch, self.chosen_interval = table(NO_PITCH + 1), table(INTERVALS)
        self.duration = nn.Linear(d, durations - 1)
        self.next, self.chosen_duration = nn.Linear(d, d), table(durations)
        self.shift, self.chosen_shift = nn.Linear(d, shifts - 1), table(shifts)
        self.part = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, parts + 1))
        self.drop = nn.Dropout(args.dropout)
        for module in filter(lambda m: isinstance(m, nn.Embedding), self.modules()):
            nn.init.normal_(module.weight, std=0.2)

    def inputs(self, b):
        x, f = 0, b | {f"last {name}": values for name, values in b["before"].items()}
        f |= {"bar": b["tick"] % BAR, "beat": b["tick"] % args.quarter}
        for k in range(self.slots):
            f |= {f"{name} {k}": b[f"{name}s"][:, :, k] for name in ("slot", "interval", "left")}
        for name, table in self.fields.items():
            y = table(f[name])
            if self.training and name not in ("part", "shift", "bar"):
                y = y * (torch.rand(*y.shape[:2], 1) >= args.field_dropout)
            x = x + y
        return self.drop(x)

    def forward(self, b):
        """Nats of every row: the next event's shift and part, the row's own pitch and duration."""
        music, x = self.music, self.inputs(b)
        relation = relations(music, b, b["before"], b["own"], False)
        for layer in self.trunk:
            x = layer(x, relation)
        h = self.trunk_norm(x)
        pitch = self.pitch(self.drop(h))
        if not args.plain:
            # what every pitch is from every reference; INTERVALS - 1 where there is none
            references = torch.cat([b["own"][:, :, None], b["slots"]], 2)[..., None]
            index = interval(torch.arange(128).view(1, 1, 1, 128), references)
            pitch = pitch + self.relative(self.drop(h)).view(*index.shape[:3], INTERVALS).gather(3, index).sum(2)
        x = x + self.chosen_pitch(b["pitch"]) + self.chosen_interval(interval(b["pitch"], b["own"]))
        relation = relations(music, b, b, b["pitch"], True)
        for layer in self.top:
            x = layer(x, relation)
        g = self.drop(self.top_norm(x))
        # how long each part still sounds, now and when the next event begins
        sounding = lambda tables, tick: sum(t(left(end, tick)) for t, end in zip(tables, b["next_ends"].unbind(2)))
        after = self.next(g) + self.chosen_duration(b["duration"]) + sounding(self.left_now, b["tick"])
        shift = self.shift(F.gelu(after))
        after = after + sounding(self.left_next, b["next_tick"])
        parts = torch.arange(music.parts + 1)
        missing = (parts >= b["parts"][..., None]) & (parts < music.parts)
        part = self.part(after + self.chosen_shift(b["next_shift"])).masked_fill(missing, -torch.inf)
        nats = []
        for logits, target, charged in ((shift, b["next_shift"], b["valid"]), (part, b["next_part"], b["valid"]),
                                        (pitch, b["pitch"], b["note"]), (self.duration(g), b["duration"], b["note"])):
            target = target.masked_fill(~charged, -100)
            nats.append(F.cross_entropy(wide(logits).transpose(1, 2), target, reduction="none"))
        return torch.stack(nats, 2) + b["code"]


@torch.no_grad()
def score(name, net, music, pieces):
    net.eval()
    order, total = sorted(pieces, key=lambda p: len(p[0])), torch.zeros(4, dtype=torch.float64)
    for i in range(0, len(order), args.batch):
        total += net(collate(music, [music.rows(p) for p in order[i:i + args.batch]])).double().sum((0, 1))
    nats, notes = total.sum().item(), sum(len(events) for events, *_ in pieces)
    voices = sum(parts * math.ceil(end / SIXTEENTH) for _, end, parts in pieces)
    frames = sum(math.ceil(end / args.frame) for _, end, _ in pieces)
    heads = ", ".join(f"{head} {x / notes:.4f}" for head, x in zip(HEADS, total.tolist()))
    print(f"{name}: {nats / notes:.4f} a note, {nats / voices:.4f} a voice and 16th, {nats / frames:.4f} a frame "
          f"({heads}; {len(pieces)} pieces, {notes} notes, {voices} voice 16ths, {frames} frames)", flush=True)
    return nats


@torch.no_grad()
def check(net, music, pieces):
    """No cost depends on what is chosen later, and what a choice can be sums to one."""
    net.double().eval()
    events = next(p for p in pieces if p[2] == music.parts)[0][:40]
    end = events[-1][0] + args.quarter

    def costs(variants):
        """(pieces, events and END, heads in the order of choice)"""
        nats = net(collate(music, [music.rows(p) for p in variants]))
        return torch.cat([nats[..., :2], F.pad(nats[:, 1:, 2:], (0, 0, 0, 1))], 2)

    def change(t, later=0, **new):
        changed = [e[:] if i < t else [e[0] + later, *e[1:]] for i, e in enumerate(events)]
        changed[t] = [new.get(name, value) for name, value in zip(HEADS, changed[t])]
        return changed, end + later, music.parts

    base = costs([(events, end, music.parts)])[0].flatten()
    for t in (0, 1, 5, 17, len(events) - 1):
        _, part, pitch, duration = events[t]
        for i, variant in enumerate((change(t, later=args.quarter), change(t, part=(part + 1) % music.parts),
                                     change(t, pitch=pitch + 3), change(t, duration=duration + SIXTEENTH))):
            moved = (costs([variant])[0].flatten() - base).abs() > 1e-9
            assert not moved[:4 * t + i].any(), f"event {t}: {HEADS[i]} is known too early"
            assert moved[4 * t + i:].any() or (i == 1 and music.parts == 1), f"event {t}: {HEADS[i]} has no effect"
    symbols, values = {"shift": music.shifts.of, "duration": music.durations.of}, range(1023)
    for t in (0, 1, 6):
        begin = events[t - 1][0] if t else 0
        last = lambda **new: (events[:t] + [change(t, **new)[0][t]], end, music.parts)
        parts = [last(part=k) for k in range(music.parts)] + [(events[:t], events[t][0], music.parts)]
        for head, variants in zip(HEADS, ([last(shift=begin + v) for v in values], parts,
                                          [last(pitch=k) for k in range(128)], [last(duration=v) for v in values])):
            each = (-costs(variants)[:, t, HEADS.index(head)]).exp()
            total = each.sum()
            if head in symbols:
                # the share of the escape that its code gives to values with symbols, and to larger ones
                code = torch.tensor([0.0 if v in symbols[head] else 2.0 ** -gamma_bits(v) for v in values]).double()
                total += (each / code)[code.argmax()] * (1 - code.sum())
            assert abs(total - 1) < 1e-9, f"event {t}: {head} sums to {total}"
    print("causal, and all choices sum to one")


def train(net, music, pieces, valid):
    rows, room = [music.rows(p) for p in pieces], [music.room(p[0]) for p in pieces]
    average, best, best_nats, since = copy.deepcopy(net), None, math.inf, 0
    weights, averages = list(net.parameters()), list(average.parameters())
    optimiser = torch.optim.AdamW(weights, lr=args.rate, betas=(0.9, 0.98), weight_decay=args.decay, fused=True)
    # linear warm-up, then a cosine to a hundredth
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1, (step + 1) / 100) * (
        0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * min(1, step / args.steps)))))
    step, epoch, begin = 0, 0, time.time()
    while step < args.steps and since < args.patience:
        # pieces of about the same length together, so that little is padding
        order = sorted(range(len(rows)), key=lambda i: len(pieces[i][0]) * random.uniform(0.8, 1.25))
        batches = [order[i:i + args.batch] for i in range(0, len(order), args.batch)]
        random.shuffle(batches)
        total, notes, epoch = 0, 0, epoch + 1
        net.train()
        for indices in batches:
            b = collate(music, [rows[i] for i in indices], [random.choice(room[i]) for i in indices])
            with torch.autocast("cpu", torch.bfloat16, args.bfloat16):
                loss = net(b).sum()
            (loss / b["note"].sum()).backward()
            nn.utils.clip_grad_norm_(weights, 1)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1 - min(args.average, (1 + step) / (10 + step)))
            total, notes, step = total + loss.item(), notes + b["note"].sum().item(), step + 1
        clocks = f"{(time.time() - begin) / 60:.1f} min ({time.process_time() / 60:.1f} of processor)"
        nats = score(f"epoch {epoch}, step {step}, {clocks}: train {total / notes:.3f}, valid", average, music, valid)
        since += 1
        if nats < best_nats:
            best, best_nats, since = copy.deepcopy(average.state_dict()), nats, 0
            if args.weights:
                torch.save(best, args.weights)
    net.load_state_dict(best)


pieces, valid = read(args.train), read(args.valid)
music = Music(pieces)
net = Transformer(music)
print(f"PyTorch {torch.__version__}, {args.threads} threads, {sum(p.numel() for p in net.parameters())} weights, "
      f"{music.durations.escape} durations, {music.shifts.escape} shifts, {music.parts} parts", flush=True)
if args.check:
    check(net, music, valid)
else:
    train(net, music, pieces, valid) if args.steps else net.load_state_dict(torch.load(args.weights))
    score("best: valid", net, music, valid)
    if args.test:
        score("test", net, music, read(args.test))
