"""Six steps of each optimiser on h (p - t)^2 / 2, of two parameters that share one gradient norm."""

import torch

from cases import array, normal, positive, whole

STEPS = 6
OPTIMISERS = {
    'sgd': [{'rate': 0.1}, {'rate': 0.1, 'momentum': 0.9}, {'rate': 0.1, 'momentum': 0.9, 'nesterov': True}],
    'adam': [{'rate': 0.05}, {'rate': 0.05, 'beta1': 0.8, 'beta2': 0.99, 'epsilon': 1e-6}],
    'adamW': [{'rate': 0.05, 'decay': 0.1}],
    'adagrad': [{'rate': 0.2, 'epsilon': 1e-10}],
}
CLIPPED = [('sgd', {'rate': 0.1, 'clip': 0.5}), ('adam', {'rate': 0.05, 'clip': 0.5})]


def cases():
    named = [(name, options) for name, several in OPTIMISERS.items() for options in several]
    return [trajectory(name, options) for name, options in named + CLIPPED]


def trajectory(name, options):
    shapes = [(4,), (2, 3)]
    start, target = [normal(*s) for s in shapes], [normal(*s) for s in shapes]
    curvature = [positive(*s) for s in shapes]
    parameters = [each.clone().requires_grad_() for each in start]
    optimiser = made(name, parameters, options)
    steps = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        sum((h * (p - t) ** 2).sum() / 2 for p, t, h in zip(parameters, target, curvature)).backward()
        if 'clip' in options:
            torch.nn.utils.clip_grad_norm_(parameters, options['clip'])
        optimiser.step()
        steps.append([array(each)['data'] for each in parameters])
    return {
        'name': name,
        'options': options,
        'start': [array(each) for each in start],
        'target': [array(each) for each in target],
        'curvature': [array(each) for each in curvature],
        'steps': steps,
    }


def made(name, parameters, options):
    rate, betas = options['rate'], (options.get('beta1', 0.9), options.get('beta2', 0.999))
    epsilon = options.get('epsilon', 1e-8)
    if name == 'sgd':
        momentum, nesterov = options.get('momentum', 0), options.get('nesterov', False)
        return torch.optim.SGD(parameters, rate, momentum, nesterov=nesterov)
    if name == 'adam':
        return torch.optim.Adam(parameters, rate, betas, epsilon)
    if name == 'adamW':
        return torch.optim.AdamW(parameters, rate, betas, epsilon, options['decay'])
    return torch.optim.Adagrad(parameters, rate, eps=epsilon)


def tables():
    """
    Six batches on an embedding table whose loss is sum(direction * row): only rows of the batch change. Rows repeat
    within a batch. Lazy Adam is PyTorch's SparseAdam; row-wise Adagrad, which it lacks, is written out.
    """
    for name, options in [
        ('lazyAdam', {'rate': 0.05}),
        ('sgdRows', {'rate': 0.1}),
        ('rowWiseAdagrad', {'rate': 0.2, 'epsilon': 1e-8}),
    ]:
        start = normal(6, 3)
        table, sums = start.clone().requires_grad_(), torch.zeros(6)
        optimiser = sparse(name, table, options)
        batches = [{'rows': whole(6, 4), 'slopes': normal(4, 3)} for _ in range(STEPS)]
        steps = []
        for batch in batches:
            table.grad = None
            looked_up = torch.nn.functional.embedding(batch['rows'], table, sparse=True)
            (looked_up * batch['slopes']).sum().backward()
            if optimiser:
                optimiser.step()
            else:
                row_wise_adagrad(table, sums, options)
            steps.append(array(table)['data'])
        yield {
            'name': name,
            'options': options,
            'start': array(start),
            'batches': [{key: array(each) for key, each in batch.items()} for batch in batches],
            'steps': steps,
        }


def sparse(name, table, options):
    if name == 'lazyAdam':
        return torch.optim.SparseAdam([table], options['rate'])
    if name == 'sgdRows':
        return torch.optim.SGD([table], options['rate'])
    return None


@torch.no_grad()
def row_wise_adagrad(table, sums, options):
    """One sum of mean squared slopes for each row, the same rate for all of its elements."""
    slopes = table.grad.coalesce()
    rows, values = slopes.indices()[0], slopes.values()
    sums[rows] += (values * values).mean(1)
    table[rows] -= options['rate'] * values / (sums[rows].sqrt() + options['epsilon'])[:, None]
