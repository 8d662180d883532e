"""
Trains in PyTorch, on one thread, what bench/training/ trains in Temper. Each line on standard input
{"model": "mlp", "seconds": 3} is answered by a line {"samples", "wall_s", "cpu_s"}; the time of the process is that of
the steps alone. The first line says {"name": "PyTorch VERSION"}.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP = 5


def mlp():
    """Perceptron 128-256-128-1, batches of 512, Adam."""
    batch = 512
    model = perceptron(128, 256, 128, 1)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    x, y = torch.randn(batch, 128), clicks(batch)

    def loss():
        return F.binary_cross_entropy_with_logits(model(x), y)

    return batch, stepper(optimiser, loss)


class Dlrm(nn.Module):
    """Eight tables of 20,000 rows by 16, 13 dense features, and the dot products of every two of the nine vectors."""

    def __init__(self, tables=8, rows=20_000, width=16, dense=13):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(rows, width, sparse=True) for _ in range(tables)])
        self.bottom = nn.Sequential(perceptron(dense, 64, width), nn.ReLU())
        self.pairs = torch.tril_indices(tables + 1, tables + 1, -1)
        self.top = perceptron(width + self.pairs.shape[1], 64, 1)

    def forward(self, dense, ids):
        vector = self.bottom(dense)
        vectors = torch.stack([vector] + [table(ids[:, place]) for place, table in enumerate(self.tables)], 1)
        products = vectors @ vectors.transpose(1, 2)
        return self.top(torch.cat([vector, products[:, self.pairs[0], self.pairs[1]]], 1))


def dlrm():
    """Batches of 512, sparse SGD."""
    batch = 512
    model = Dlrm()
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    dense, ids, y = torch.randn(batch, 13), torch.randint(20_000, (batch, 8)), clicks(batch)

    def loss():
        return F.binary_cross_entropy_with_logits(model(dense, ids), y)

    return batch, stepper(optimiser, loss)


class SasRec(nn.Module):
    """Self-attention over 50 items of width 64: two blocks, one head (Kang and McAuley, 2018)."""

    def __init__(self, items=5000, length=50, width=64, blocks=2):
        super().__init__()
        self.items = nn.Embedding(items, width)
        self.positions = nn.Embedding(length, width)
        self.attention = nn.ModuleList([nn.MultiheadAttention(width, 1, batch_first=True) for _ in range(blocks)])
        self.forwards = nn.ModuleList([perceptron(width, width, width) for _ in range(blocks)])
        self.before_attention = nn.ModuleList([nn.LayerNorm(width) for _ in range(blocks)])
        self.before_forward = nn.ModuleList([nn.LayerNorm(width) for _ in range(blocks)])
        self.last = nn.LayerNorm(width)
        self.later = torch.ones(length, length, dtype=torch.bool).triu(1)

    def forward(self, sequence):
        h = self.items(sequence) + self.positions.weight
        layers = zip(self.before_attention, self.attention, self.before_forward, self.forwards)
        for before_attention, attention, before_forward, forward in layers:
            n = before_attention(h)
            h = h + attention(n, n, n, attn_mask=self.later, need_weights=False)[0]
            h = h + forward(before_forward(h))
        return self.last(h)


def sasrec():
    """Batches of 128 sequences, a positive and a negative for each place, Adam."""
    batch, length, items = 128, 50, 5000
    model = SasRec(items, length)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    sequence, positives, negatives = (torch.randint(items, (batch, length)) for _ in range(3))
    ones, zeros = torch.ones(batch, length), torch.zeros(batch, length)

    def loss():
        h = model(sequence)
        liked, other = ((h * model.items(ids)).sum(-1) for ids in (positives, negatives))
        return F.binary_cross_entropy_with_logits(liked, ones) + F.binary_cross_entropy_with_logits(other, zeros)

    return batch, stepper(optimiser, loss)


def perceptron(*sizes):
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def clicks(batch):
    return (torch.rand(batch, 1) < 0.2).float()


def stepper(optimiser, loss):
    def step():
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()

    return step


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    makers, opened = {'mlp': mlp, 'dlrm': dlrm, 'sasrec': sasrec}, {}
    say({'name': f'PyTorch {torch.__version__}'})
    for line in sys.stdin:
        request = json.loads(line)
        name = request['model']
        if name not in opened:
            opened[name] = makers[name]()
            for _ in range(WARM_UP):
                opened[name][1]()
        say(timed(*opened[name], request['seconds']))


def timed(batch, step, seconds):
    wall, cpu, steps = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - wall < seconds:
        step()
        steps += 1
    return {'samples': steps * batch, 'wall_s': time.perf_counter() - wall, 'cpu_s': time.process_time() - cpu}


def say(message):
    print(json.dumps(message), flush=True)


if __name__ == '__main__':
    main()
