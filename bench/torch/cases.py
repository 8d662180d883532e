"""Random inputs, and cases: a function of them with its output and autograd's gradients."""

import torch

_draws = torch.Generator()


def seed(number):
    _draws.manual_seed(number)


def normal(*shape, scale=1.0):
    return torch.randn(shape, generator=_draws) * scale


def positive(*shape):
    """Uniform in [0.5, 1.5): away from the poles of log, division and powers."""
    return torch.rand(shape, generator=_draws) + 0.5


def whole(n, *shape):
    """Indices below n; several are equal where there are more than n."""
    return torch.randint(n, shape, generator=_draws)


def coin(*shape, heads=0.5):
    return torch.rand(shape, generator=_draws) < heads


def case(name, inputs, function, fixed=(), **options):
    """
    name      what the test maps to functions of models/graph
    inputs    tensors; those of floats are differentiated, other than at the places in `fixed`
    options   what is no tensor, for the test
    """
    leaves = [
        each.clone().requires_grad_(each.is_floating_point() and place not in fixed)
        for place, each in enumerate(inputs)
    ]
    output = function(*leaves)
    direction = torch.randn(output.shape, generator=_draws)
    learned = [each for each in leaves if each.requires_grad]
    slopes = iter(torch.autograd.grad((output * direction).sum(), learned))
    return {
        'name': name,
        'inputs': [{'dtype': _DTYPES[each.dtype], **array(each)} for each in inputs],
        'options': options,
        'output': array(output),
        'direction': array(direction)['data'],
        'gradients': [array(next(slopes)) if each.requires_grad else None for each in leaves],
    }


def array(tensor):
    flat = tensor.detach().reshape(-1).tolist()
    return {'shape': list(tensor.shape), 'data': [number(each) for each in flat]}


def number(value):
    """Nine significant digits name a float32 without loss."""
    return float(f'{value:.9g}') if isinstance(value, float) else int(value)


_DTYPES = {torch.float32: 'float32', torch.int64: 'int64', torch.bool: 'bool'}
