"""Operations, each in a few shapes. Names and options are those of ONNX and of models/graph, not of PyTorch."""

import torch
import torch.nn.functional as F

from cases import case, coin, normal, positive, whole

SHAPES = [(3, 4), (2, 1, 5), ()]
BROADCASTS = [((3, 4), (3, 4)), ((2, 3), (3,)), ((4, 1), (1, 3)), ((2, 3, 2), (3, 1)), ((), (2, 3))]


def cases():
    for part in [elementwise, broadcasting, products, reductions, indexing, moving, images, sequences]:
        yield from part()


def elementwise():
    plain = {
        'neg': torch.neg,
        'abs': torch.abs,
        'exp': torch.exp,
        'relu': torch.relu,
        'sin': torch.sin,
        'cos': torch.cos,
        'erf': torch.erf,
    }
    saturating = {
        'sigmoid': torch.sigmoid,
        'tanh': torch.tanh,
        'softplus': F.softplus,
        'gelu': F.gelu,
        'geluTanh': lambda x: F.gelu(x, approximate='tanh'),
        'silu': F.silu,
    }
    of_positives = {'log': torch.log, 'sqrt': torch.sqrt, 'reciprocal': torch.reciprocal}
    for name, function in {**plain, **saturating}.items():
        for shape in SHAPES:
            yield case(name, [normal(*shape)], function)
    for name, function in saturating.items():
        yield case(name, [normal(3, 5, scale=12)], function)
    for name, function in of_positives.items():
        for shape in SHAPES:
            yield case(name, [positive(*shape)], function)
    for shape in SHAPES:
        yield case('leakyRelu', [normal(*shape)], lambda x: F.leaky_relu(x, 0.1), alpha=0.1)
        yield case('elu', [normal(*shape)], lambda x: F.elu(x, 0.7), alpha=0.7)
        yield case('clip', [normal(*shape)], lambda x: x.clip(-0.5, 0.8), low=-0.5, high=0.8)


def broadcasting():
    for a, b in BROADCASTS:
        yield case('add', [normal(*a), normal(*b)], torch.add)
        yield case('sub', [normal(*a), normal(*b)], torch.sub)
        yield case('mul', [normal(*a), normal(*b)], torch.mul)
        yield case('div', [normal(*a), positive(*b)], torch.div)
        yield case('min', [normal(*a), normal(*b)], torch.minimum)
        yield case('max', [normal(*a), normal(*b)], torch.maximum)
        yield case('pow', [positive(*a), normal(*b)], torch.pow)
        yield case('where', [coin(*b), normal(*a), normal(*b)], torch.where)
    yield case('where', [coin(3, 1), normal(1, 4), normal(3, 4)], torch.where)
    # A base below zero has no slope towards its exponent, so the exponent is not differentiated.
    yield case('pow', [normal(3, 4), torch.tensor(3.0)], torch.pow, fixed=[1])
    yield case('pow', [normal(2, 3), torch.tensor([2.0, 1.0, 3.0])], torch.pow, fixed=[1])


def products():
    for a, b in [
        ((3, 4), (4, 2)),
        ((2, 3, 4), (2, 4, 2)),
        ((2, 3, 4), (4, 5)),
        ((2, 1, 3, 4), (3, 4, 2)),
    ]:
        yield case('matmul', [normal(*a), normal(*b)], torch.matmul)
    for a, b in [((4,), (4, 3)), ((2, 3, 4), (4,)), ((4,), (4,))]:
        yield case('matmulOfVectors', [normal(*a), normal(*b)], torch.matmul)
    for trans_a in [False, True]:
        for trans_b in [False, True]:
            for c in [(3,), (4, 1), (4, 3), None]:
                yield gemm(trans_a, trans_b, c)
    for equation, shapes in {
        'bij,bjk->bik': [(2, 3, 4), (2, 4, 2)],
        'bhqd,bhkd->bhqk': [(2, 2, 3, 4), (2, 2, 5, 4)],
        'bhqk,bhkd->bqhd': [(2, 2, 3, 5), (2, 2, 5, 4)],
        'ij->ji': [(3, 4)],
        'ii->i': [(4, 4)],
        'ij->': [(3, 4)],
        'bij->bj': [(2, 3, 4)],
        'i,j->ij': [(3,), (4,)],
        'bi,bj->bij': [(2, 3), (2, 4)],
        'bld,nd->bln': [(2, 3, 4), (5, 4)],
        'bi,ij,bj->b': [(2, 3), (3, 4), (2, 4)],
    }.items():
        inputs = [normal(*shape) for shape in shapes]
        yield case('einsum', inputs, lambda *xs: torch.einsum(equation, *xs), equation=equation)


def gemm(trans_a, trans_b, c):
    alpha, beta = (1.0, 1.0) if c in [(3,), None] else (0.5, 0.3)
    a, b = normal(*((2, 4) if trans_a else (4, 2))), normal(*((3, 2) if trans_b else (2, 3)))

    def function(a, b, c=None):
        product = alpha * ((a.T if trans_a else a) @ (b.T if trans_b else b))
        return product if c is None else product + beta * c

    inputs = [a, b] if c is None else [a, b, normal(*c)]
    return case('gemm', inputs, function, transA=trans_a, transB=trans_b, alpha=alpha, beta=beta)


def reductions():
    functions = {
        'sum': torch.sum,
        'mean': torch.mean,
        'reduceMax': torch.amax,
        'reduceMin': torch.amin,
        'l2Norm': lambda x, dim, keepdim: torch.linalg.vector_norm(x, 2, dim, keepdim),
        'logSumExp': torch.logsumexp,
    }
    for name, function in functions.items():
        for shape, axes, keep in [
            ((3, 4), [0, 1], False),
            ((3, 4), [-1], True),
            ((2, 3, 4), [1], False),
            ((2, 3, 4), [0, 2], True),
        ]:
            yield case(name, [normal(*shape)], lambda x: function(x, axes, keep), axes=axes, keep=keep)
    for shape, axis in [((3, 4), -1), ((3, 4), 0), ((2, 3, 4), 1)]:
        yield case('softmax', [normal(*shape)], lambda x: x.softmax(axis), axis=axis)
        yield case('logSoftmax', [normal(*shape)], lambda x: x.log_softmax(axis), axis=axis)
    yield case('softmax', [normal(3, 4, scale=30)], lambda x: x.softmax(-1), axis=-1)
    yield case('logSoftmax', [normal(3, 4, scale=30)], lambda x: x.log_softmax(-1), axis=-1)
    for shape in [(3, 8), (2, 3, 5), (2, 2, 3, 4)]:
        width = shape[-1]
        yield case(
            'layerNorm',
            [normal(*shape), positive(width), normal(width)],
            lambda x, scale, bias: F.layer_norm(x, [width], scale, bias, 1e-5),
            epsilon=1e-5,
        )
        yield case(
            'rmsNorm',
            [normal(*shape), positive(width)],
            lambda x, scale: F.rms_norm(x, [width], scale, 1e-6),
            epsilon=1e-6,
        )


def indexing():
    yield case('gather', [normal(5, 3), whole(5, 7)], lambda x, i: F.embedding(i, x), axis=0)
    yield case('gather', [normal(5, 3), whole(5, 2, 4)], lambda x, i: F.embedding(i, x), axis=0)
    yield case('gather', [normal(3, 4), whole(4, 6)], lambda x, i: x.index_select(1, i), axis=1)
    yield case('gather', [normal(2, 4, 3), whole(4, 2, 3)], lambda x, i: x[:, i], axis=1)
    for shape, axis, indices in [((4, 3), 0, (5, 3)), ((3, 4), 1, (3, 6)), ((2, 3, 4), -1, (2, 3, 2))]:
        chosen = whole(shape[axis], *indices)
        yield case('gatherElements', [normal(*shape), chosen], lambda x, i: x.gather(axis, i), axis=axis)

    def scatter_add(x, indices, updates):
        return x.index_put(indices.unbind(-1), updates, accumulate=True)

    yield case('scatterNdAdd', [normal(5, 3), whole(5, 8, 1), normal(8, 3)], scatter_add)
    yield case('scatterNdAdd', [normal(4, 3), whole(3, 9, 2), normal(9)], scatter_add)
    yield case('scatterNdAdd', [normal(3, 2, 4), whole(2, 2, 3, 2), normal(2, 3, 4)], scatter_add)
    for shape, k, axis, largest in [((3, 6), 2, -1, True), ((3, 6), 3, -1, False), ((5, 2, 3), 2, 0, True)]:
        yield case(
            'topK',
            [normal(*shape)],
            lambda x: x.topk(k, axis, largest).values,
            k=k,
            axis=axis,
            largest=largest,
        )


def moving():
    yield case('concat', [normal(2, 3), normal(1, 3), normal(3, 3)], lambda *xs: torch.cat(xs, 0), axis=0)
    yield case('concat', [normal(2, 3, 1), normal(2, 3, 4)], lambda *xs: torch.cat(xs, -1), axis=-1)
    for shape, axis, sizes in [((5, 3), 0, [2, 3]), ((2, 6), 1, [1, 2, 3]), ((2, 4, 3), -2, [2, 2])]:
        # The parts are joined in the opposite order, so that all outputs count.
        yield case(
            'split',
            [normal(*shape)],
            lambda x: torch.cat(list(reversed(x.split(sizes, axis))), axis),
            axis=axis,
            sizes=sizes,
        )
    for shape, starts, ends, axes, steps in [
        ((5, 4), [1], [4], [0], [1]),
        ((5, 4), [0, -3], [99, -1], [0, 1], [2, 1]),
        ((6, 3), [-1], [-99], [0], [-1]),
        ((7, 4), [5, 3], [0, -99], [0, 1], [-2, -1]),
    ]:
        yield case(
            'slice',
            [normal(*shape)],
            lambda x: sliced(x, starts, ends, axes, steps),
            starts=starts,
            ends=ends,
            axes=axes,
            steps=steps,
        )
    for shape, before, after, value in [((3,), [1], [2], 0), ((2, 3), [1, 0], [0, 2], 0.5), ((2, 1, 2), [0, 1, 1], [0, 1, 0], -1)]:
        widths = [width for pair in zip(reversed(before), reversed(after)) for width in pair]
        yield case(
            'pad',
            [normal(*shape)],
            lambda x: F.pad(x, widths, value=value),
            before=before,
            after=after,
            value=value,
        )
    for shape, perm in [((3, 4), [1, 0]), ((2, 3, 4), [2, 0, 1]), ((2, 3, 1, 4), [0, 2, 1, 3])]:
        yield case('transpose', [normal(*shape)], lambda x: x.permute(perm), perm=perm)
    for shape, to in [((3, 4), [2, 6]), ((2, 3, 4), [-1, 4]), ((6,), [1, 3, 2])]:
        yield case('reshape', [normal(*shape)], lambda x: x.reshape(to), shape=to)
    for shape, to in [((3, 1), [3, 4]), ((1,), [2, 3]), ((2, 1, 3), [2, 4, 3])]:
        yield case('expand', [normal(*shape)], lambda x: x.expand(to), shape=to)


def sliced(x, starts, ends, axes, steps):
    """With negative steps, which PyTorch's own slices refuse."""
    for start, end, axis, step in zip(starts, ends, axes, steps):
        kept = range(*slice(start, end, step).indices(x.shape[axis]))
        x = x.index_select(axis, torch.tensor(kept))
    return x


def images():
    for x, w, bias, strides, pads, dilations, group in [
        ((2, 3, 8), (4, 3, 3), False, [1], [0, 0], [1], 1),
        ((2, 4, 9), (6, 2, 3), True, [2], [1, 1], [2], 2),
        ((2, 3, 5, 6), (4, 3, 3, 3), True, [1, 1], [1, 1, 1, 1], [1, 1], 1),
        ((1, 3, 7, 6), (2, 3, 3, 2), True, [2, 3], [1, 0, 1, 0], [1, 1], 1),
        ((1, 2, 7, 7), (3, 2, 3, 3), False, [1, 2], [2, 1, 2, 1], [2, 1], 1),
        ((2, 4, 5, 5), (6, 2, 3, 3), True, [1, 1], [1, 1, 1, 1], [1, 1], 2),
        ((2, 4, 6, 5), (4, 1, 3, 3), True, [2, 2], [1, 1, 1, 1], [1, 1], 4),
        ((1, 2, 6, 6), (3, 2, 3, 3), True, [2, 2], [0, 0, 1, 1], [1, 1], 1),
    ]:
        inputs = [normal(*x), normal(*w)] + ([normal(w[0])] if bias else [])
        yield case(
            'conv',
            inputs,
            lambda x, w, b=None: conv(x, w, b, strides, pads, dilations, group),
            strides=strides,
            pads=pads,
            dilations=dilations,
            group=group,
        )
    for x, kernel, strides, pads in [
        ((2, 3, 8), [3], [2], [1, 1]),
        ((2, 2, 6, 6), [2, 2], [2, 2], [0, 0, 0, 0]),
        ((1, 3, 7, 6), [3, 2], [2, 1], [1, 1, 1, 1]),
    ]:
        half = pads[: len(pads) // 2]
        pools = {1: (F.max_pool1d, F.avg_pool1d), 2: (F.max_pool2d, F.avg_pool2d)}
        largest, average = pools[len(kernel)]
        options = {'kernel': kernel, 'strides': strides, 'pads': pads}
        yield case('maxPool', [normal(*x)], lambda x: largest(x, kernel, strides, half), **options)
        yield case(
            'averagePool',
            [normal(*x)],
            lambda x: average(x, kernel, strides, half, count_include_pad=False),
            **options,
        )
    yield case('globalAveragePool', [normal(2, 3, 4, 5)], lambda x: x.mean([2, 3], keepdim=True))
    yield case('globalAveragePool', [normal(2, 3, 5)], lambda x: x.mean([2], keepdim=True))
    for shape in [(4, 3), (2, 3, 5), (2, 3, 2, 4)]:
        yield case(
            'batchNorm',
            [normal(*shape), positive(3), normal(3), normal(3), positive(3)],
            lambda x, scale, bias, mean, var: F.batch_norm(x, mean, var, scale, bias, False, 0.1, 1e-5),
            fixed=[3, 4],
            epsilon=1e-5,
        )


def conv(x, w, b, strides, pads, dilations, group):
    """Pads as in ONNX, all beginnings before all ends, so that both sides of an axis may differ."""
    axes = len(strides)
    widths = [pads[axis + side] for axis in reversed(range(axes)) for side in (0, axes)]
    function = F.conv1d if axes == 1 else F.conv2d
    return function(F.pad(x, widths), w, b, strides, 0, dilations, group)


def sequences():
    for q, kv, mask, causal, scale in [
        ((1, 1, 4, 3), (1, 1, 4, 3), None, False, None),
        ((2, 2, 3, 4), (2, 2, 5, 4), None, False, None),
        ((2, 3, 4, 2), (2, 3, 4, 2), None, True, None),
        ((2, 2, 3, 4), (2, 2, 5, 4), (3, 5), False, None),
        ((2, 2, 3, 4), (2, 2, 5, 4), (2, 1, 1, 5), False, 0.3),
    ]:
        inputs = [normal(*q), normal(*kv), normal(*kv)]
        if mask:
            allowed = coin(*mask)
            allowed[..., 0] = True
            inputs.append(allowed)
        yield case(
            'attention',
            inputs,
            lambda q, k, v, mask=None: F.scaled_dot_product_attention(q, k, v, mask, 0.0, causal, scale=scale),
            causal=causal,
            scale=scale,
        )
