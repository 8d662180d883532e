"""The example of models/example/dataset.ts, made by the same rule and trained by PyTorch."""

import math

import torch
import torch.nn.functional as F

from cases import number
from random_numbers import Random

SIZES = [100, 256, 128, 10]
ROWS, BATCH, EPOCHS, RATE = 2000, 100, 10, 1e-3
TEACHER, DATA, WEIGHTS, ORDER = 1, 2, 3, 4
NOISE = 0.1


def fixture():
    torch.set_num_threads(1)
    features, labels = dataset()
    parameters = initial_parameters()
    first = {
        'features': [number(x) for x in features[0][:5].tolist()],
        'labels': labels[:20].tolist(),
        'weights': [number(x) for x in parameters[0][0][:5].tolist()],
        'biases': [number(x) for x in parameters[-1][:5].tolist()],
        'order': order(0)[:10],
    }
    optimiser = torch.optim.Adam(parameters, RATE)
    losses = []
    for epoch in range(EPOCHS):
        rows = torch.tensor(order(epoch))
        for chosen in rows.split(BATCH):
            optimiser.zero_grad()
            loss = F.cross_entropy(perceptron(features[chosen], parameters), labels[chosen])
            loss.backward()
            optimiser.step()
            losses.append(number(loss.item()))
    return {'torch': torch.__version__, 'first': first, 'losses': losses}


def perceptron(x, parameters):
    for layer in range(0, len(parameters), 2):
        x = x @ parameters[layer] + parameters[layer + 1]
        if layer + 2 < len(parameters):
            x = x.relu()
    return x


def dataset():
    """Rows in [-1, 1); the class of a fixed linear teacher, or now and then of a die."""
    width, classes = SIZES[0], SIZES[-1]
    draws = Random(TEACHER)
    teacher = [[symmetric(draws) for _ in range(width)] for _ in range(classes)]
    draws = Random(DATA)
    features, labels = [], []
    for _ in range(ROWS):
        x = torch.tensor([symmetric(draws) for _ in range(width)])
        scores = [dot(x.tolist(), weights) for weights in teacher]
        label = scores.index(max(scores))
        features.append(x)
        labels.append(draws.below(classes) if draws.uniform() < NOISE else label)
    return torch.stack(features), torch.tensor(labels)


def initial_parameters():
    """A matrix [in, out] and a bias [out] for each layer, uniform within 1 / sqrt(in)."""
    draws = Random(WEIGHTS)
    parameters = []
    for fan_in, fan_out in zip(SIZES, SIZES[1:]):
        for shape in [(fan_in, fan_out), (fan_out,)]:
            drawn = [symmetric(draws) / math.sqrt(fan_in) for _ in range(math.prod(shape))]
            parameters.append(torch.tensor(drawn).reshape(shape).requires_grad_())
    return parameters


def order(epoch):
    return Random(ORDER, epoch).shuffle(list(range(ROWS)))


def symmetric(draws):
    return 2 * draws.uniform() - 1


def dot(a, b):
    """One product after the other in double precision, as JavaScript adds."""
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total
