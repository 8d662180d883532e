"""
Writes what PyTorch computes, for the tests of models/graph to compare with:

    python bench/torch/fixtures.py

torch-ops.json has operations and losses with their gradients, and the paths of optimisers. torch-seed.json has the
losses of the example's training, step by step. Numbers are drawn from fixed seeds: the same PyTorch writes the same
files again.
"""

import json
import pathlib

import torch

import cases
import example
import losses
import operations
import optimisers

FOLDER = pathlib.Path(__file__).parents[2] / 'test/models/graph/fixtures'


def main():
    torch.set_num_threads(1)
    cases.seed(1)
    operations_and_losses = [*operations.cases(), *losses.cases()]
    cases.seed(2)
    write(
        'torch-ops.json',
        {
            'torch': torch.__version__,
            'cases': operations_and_losses,
            'optimisers': optimisers.cases(),
            'tables': list(optimisers.tables()),
        },
    )
    write('torch-seed.json', example.fixture())


def write(name, fixture):
    """A line for each case, so that a difference between two versions can be read."""
    parts = [f'"{key}": {lines(value)}' for key, value in fixture.items()]
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{\n' + ',\n'.join(parts) + '\n}\n')
    print(f'{path.relative_to(FOLDER.parents[3])}: {path.stat().st_size / 1e3:.0f} KB')


def lines(value):
    compact = lambda each: json.dumps(each, separators=(',', ':'), allow_nan=False)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return '[\n' + ',\n'.join(compact(each) for each in value) + '\n]'
    return compact(value)


if __name__ == '__main__':
    main()
