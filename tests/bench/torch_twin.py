#!/usr/bin/env python3
"""A twin of the generator in PyTorch, for a run side by side with `musegen bench`, by hand.

    python3 tests/bench/torch_twin.py [--threads N] [--seconds S] [--past COLUMNS] [--compile] [build/musegen]

The same layers, widths, batch (16 lanes of 96 events, the built-in settings), dropout, losses, clipping,
AdamW and running average, in float32 on the processor. The music is random numbers: what is measured is the
network, and reading music is not part of the twin's step (it is of musegen's). The twin runs all lanes in
one batch with as many threads as asked for, which is PyTorch's way; musegen runs shards.

Where the two differ, it is in PyTorch's favour: every bag is looked up with a fixed number of items; the
streams are 64 sequences of 24 events each, without packing; nothing is reset. --past: carried entries that
every event's memory compares besides the chunk's own. musegen looks at no more than there are in the
piece, in its own music about 300 in all, which 256 and half a chunk are; 512 is a full window.
"""
import argparse
import json
import os
import statistics
import subprocess
import time
import warnings

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--seconds", type=float, default=20)
parser.add_argument("--past", type=int, default=256)
parser.add_argument("--compile", action="store_true", help="torch.compile the network")
parser.add_argument("musegen", nargs="?", help="the program to run beside it")
args = parser.parse_args()
for name in [n for n in os.environ if n.startswith("OPENBLAS_")]:
    del os.environ[name]

warnings.filterwarnings("ignore", message=".*NumPy.*")
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(args.threads)

LANES, CHUNK, PARTS = 16, 96, 4
STREAM, TRUNK, MEMORY, HEADS, HIDDEN, SLOTS = 128, 256, 256, 4, 192, 4
DROPOUT = dict(trunk=0.65, memory=0.5, stream=0.6, fields=0.3)
DURATIONS, SHIFTS, METRES = 7, 6, 2  # with their escapes, as the music of `musegen bench` has them
LEFT, INTERVAL, RANGE = 44, 50, 24
BUCKETS = 96
KINDS = 4 + SLOTS

# (rows, width, items a row), as src/model/generator.c lays them out
QUERY = [(SHIFTS, 16, 1), (PARTS + 2, 16, 1), (PARTS + 2, 8, 1), (128, 24, 1), (DURATIONS, 16, 1), (16, 8, 0),
         (24, 16, 1), (16, 16, 1), (METRES, 8, 1), (9, 8, 1), (5, 8, 1), (1, 16, 1), (3, 4, 1), (9, 8, 1), (2, 4, 1),
         (PARTS + 1, 8, 1), (128, 24, 1), (INTERVAL, 16, 1), (DURATIONS, 8, 1),
         (128, 24, 3), (INTERVAL, 16, 3), (LEFT, 8, 3), (2, 4, 3)]
QUERY += [(129, 24, 1), (INTERVAL, 16, 1), (LEFT, 8, 1)] * SLOTS
CHOSEN = [(PARTS + 2, 8, 1), (128, 24, 1), (INTERVAL, 16, 1), (DURATIONS, 16, 1), (16, 8, 0), (24, 8, 1), (16, 8, 1),
          (LEFT, 8, 1)]
GIVEN = [(128, 24, 1), (INTERVAL, 16, 1), (24, 8, 1), (16, 8, 1), (METRES, 4, 1), (DURATIONS, 8, 1), (INTERVAL, 8, 3),
         (LEFT, 8, 3)] + [(INTERVAL, 8, 1), (LEFT, 8, 1)] * SLOTS
NEXT = [(SHIFTS, 16, 1)]


class Bag(nn.Module):
    """Sums of embeddings within a field, fields side by side; `drop`: whole fields of rows are left out."""

    def __init__(self, fields, drop=0.0):
        super().__init__()
        self.fields, self.drop = fields, drop
        self.tables = nn.ModuleList(nn.Embedding(rows, width) for rows, width, _ in fields)
        self.width = sum(width for _, width, _ in fields)

    def items(self, n):
        return [torch.randint(rows, (n, count)) for rows, _, count in self.fields]

    def forward(self, items):
        slices = []
        for table, (_, width, count), index in zip(self.tables, self.fields, items):
            if count == 0:
                y = table.weight.new_zeros(index.shape[0], width)
            elif count == 1:
                y = table(index[:, 0])
            else:
                y = F.embedding_bag(index, table.weight, mode="sum")
            slices.append(y)
        if self.drop and self.training:
            keep = (torch.rand(len(slices), items[0].shape[0], 1) >= self.drop).float()
            slices = [y * keep[i] for i, y in enumerate(slices)]
        return torch.cat(slices, 1)


class Memory(nn.Module):
    def __init__(self, query_in, key_in):
        super().__init__()
        self.q = nn.Linear(query_in, MEMORY, bias=False)
        self.k = nn.Linear(key_in, MEMORY, bias=False)
        self.v = nn.Linear(key_in, MEMORY, bias=False)
        self.time_bias = nn.Parameter(torch.zeros(HEADS, BUCKETS))
        self.part_bias = nn.Parameter(torch.zeros(HEADS, 2))
        self.null_key = nn.Parameter(torch.zeros(MEMORY))
        self.null_value = nn.Parameter(torch.zeros(MEMORY))

    def heads(self, x):  # (LANES, T, MEMORY) -> (LANES, HEADS, T, d)
        return x.view(LANES, -1, HEADS, MEMORY // HEADS).transpose(1, 2)

    def forward(self, h, key, past_k, past_v, bucket, same, mask):
        d = MEMORY // HEADS
        q = self.heads(self.q(h))
        k = torch.cat([self.null_key.expand(LANES, 1, MEMORY), past_k, self.k(key)], 1)
        v = torch.cat([self.null_value.expand(LANES, 1, MEMORY), past_v, self.v(key)], 1)
        scores = q @ self.heads(k).transpose(2, 3) / d**0.5
        bias = self.time_bias[:, bucket] + self.part_bias[:, same]  # (HEADS, LANES, T, columns)
        scores = scores + F.pad(bias.transpose(0, 1), (1, 0))
        a = scores.masked_fill(mask, -torch.inf).softmax(3)
        return (a @ self.heads(v)).transpose(1, 2).reshape(LANES, CHUNK, MEMORY)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = Bag(QUERY, DROPOUT["fields"])
        self.chosen, self.given, self.next = Bag(CHOSEN), Bag(GIVEN, DROPOUT["fields"]), Bag(NEXT)
        self.stream = nn.LSTM(self.chosen.width, STREAM)
        self.trunk = nn.ModuleList([nn.LSTM(self.query.width + STREAM, TRUNK), nn.LSTM(TRUNK, TRUNK)])
        self.memory = Memory(TRUNK, TRUNK + self.chosen.width)
        f = TRUNK + MEMORY + STREAM
        g = f + self.given.width
        self.pitch, self.relative = nn.Linear(f, 128), nn.Linear(f, KINDS * (2 * RANGE + 1))
        self.duration = nn.Sequential(nn.Linear(g, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, DURATIONS))
        self.metre = nn.Linear(f, METRES)
        self.next_hidden = nn.Linear(g + self.chosen.width, HIDDEN)
        self.shift = nn.Linear(HIDDEN, SHIFTS)
        self.part = nn.Sequential(nn.Linear(HIDDEN + self.next.width, HIDDEN // 2), nn.ReLU(),
                                  nn.Linear(HIDDEN // 2, PARTS + 2))

    def forward(self, b):
        drop = lambda x, name: F.dropout(x, DROPOUT[name], self.training)
        chosen = self.chosen(b["chosen"])
        # 64 sequences of 24; each row gets the state that its part's event before left
        s = self.stream(chosen.view(CHUNK // PARTS, LANES * PARTS, -1), b["stream"])[0]
        s = torch.cat([b["stream"][0], s[:-1]]).view(CHUNK * LANES, STREAM)
        s = drop(s, "stream")
        x = torch.cat([self.query(b["query"]), s], 1).view(CHUNK, LANES, -1)
        for layer, state in zip(self.trunk, b["trunk"]):
            x = drop(layer(x, state)[0], "trunk")
        h = x.transpose(0, 1)
        key = torch.cat([h, chosen.view(CHUNK, LANES, -1).transpose(0, 1)], 2)
        m = self.memory(h, key, *b["past"], b["bucket"], b["same"], b["mask"])
        m = drop(m, "memory").transpose(0, 1).reshape(CHUNK * LANES, MEMORY)
        f = torch.cat([x.view(CHUNK * LANES, TRUNK), m, s], 1)
        relative = F.pad(self.relative(f).view(-1, KINDS, 2 * RANGE + 1), (0, 1))
        # what every pitch is from every reference; beyond the range the last column, which is 0
        pitch = self.pitch(f) + relative.gather(2, b["interval"]).sum(1)
        g = torch.cat([f, self.given(b["given"])], 1)
        hidden = F.relu(self.next_hidden(torch.cat([g, chosen], 1)))
        logits = [pitch, self.duration(g), self.metre(f), self.shift(hidden),
                  self.part(torch.cat([hidden, self.next(b["next"])], 1))]
        return sum(F.cross_entropy(l, t) for l, t in zip(logits, b["targets"]))


def batch(net):
    rows, columns = LANES * CHUNK, args.past + CHUNK
    reference = torch.randint(40, 80, (rows, KINDS, 1))
    reference[:, -2:] = 1000  # kinds that no row refers to
    interval = torch.arange(128) - reference + RANGE
    interval[(interval < 0) | (interval > 2 * RANGE)] = 2 * RANGE + 1
    mask = torch.ones(CHUNK, columns, dtype=torch.bool).triu(args.past)  # an event never sees itself
    return {
        "query": net.query.items(rows), "chosen": net.chosen.items(rows), "given": net.given.items(rows),
        "next": net.next.items(rows),
        "stream": (torch.randn(1, LANES * PARTS, STREAM), torch.randn(1, LANES * PARTS, STREAM)),
        "trunk": [(torch.randn(1, LANES, TRUNK), torch.randn(1, LANES, TRUNK)) for _ in range(2)],
        "past": (torch.randn(LANES, args.past, MEMORY), torch.randn(LANES, args.past, MEMORY)),
        "bucket": torch.randint(BUCKETS, (LANES, CHUNK, columns)),
        "same": torch.randint(2, (LANES, CHUNK, columns)),
        "mask": F.pad(mask, (1, 0)),
        "interval": interval,
        "targets": [torch.randint(n, (rows,)) for n in (128, DURATIONS, METRES, SHIFTS, PARTS + 2)],
    }


def sgemm():
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    a @ b
    best = 0
    for _ in range(5):
        begin = time.perf_counter()
        a @ b
        best = max(best, 2 * 2048**3 / (time.perf_counter() - begin) * 1e-9)
    return best


def run(net, seconds):
    parameters = list(net.parameters())
    average = [p.detach().clone() for p in parameters]
    optimiser = torch.optim.AdamW(parameters, lr=0.002, betas=(0.9, 0.99), weight_decay=0.1, fused=True)
    network = torch.compile(net) if args.compile else net
    batches = [batch(net) for _ in range(4)]
    times = []
    begun = None
    while begun is None or time.perf_counter() - begun < seconds:
        begin = time.perf_counter()
        network(batches[len(times) % 4]).backward()
        nn.utils.clip_grad_norm_(parameters, 1)
        optimiser.step()
        optimiser.zero_grad(set_to_none=False)
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 0.002)
        times.append(time.perf_counter() - begin)
        if begun is None and len(times) == 5:
            times, begun = [], time.perf_counter()
    return times


def musegen():
    command = [args.musegen, "bench", "--json", "-j", str(args.threads), "--seconds", str(args.seconds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


net = Generator().train()
print(f"PyTorch {torch.__version__}, {args.threads} threads, {sum(p.numel() for p in net.parameters())} weights, "
      f"{args.past} carried entries{', compiled' if args.compile else ''}")
# in turns, so that what else the machine does meets both
twin, other = [], []
for _ in range(2):
    if args.musegen:
        other.append(musegen())
    times = run(net, args.seconds)
    quartiles = [LANES * CHUNK / q for q in statistics.quantiles(times, n=4)]
    twin.append(quartiles[1])
    print(f"twin      {quartiles[1]:8.0f} events/s ({quartiles[2]:.0f} .. {quartiles[0]:.0f}), "
          f"{statistics.median(times) * 1e3:.1f} ms a step; SGEMM {sgemm():.0f} GFLOP/s")
    if args.musegen:
        o = other[-1]
        low, high = o["quartiles"]["train_events_per_s"]
        operations = o["train_gflops"] / o["train_events_per_s"] * 1e3
        print(f"musegen   {o['train_events_per_s']:8.0f} events/s ({low:.0f} .. {high:.0f}); "
              f"SGEMM {o['sgemm_gflops']:.0f} GFLOP/s, {operations:.2f} million operations an event")
if args.musegen:
    ratio = statistics.mean(o["train_events_per_s"] for o in other) / statistics.mean(twin)
    print(f"musegen / twin: {ratio:.2f}")
