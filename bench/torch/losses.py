"""Losses, each row's its own unless it says `mean`. Those that PyTorch lacks are written out in its operations."""

import torch
import torch.nn.functional as F

from cases import case, coin, normal, positive, whole


def cases():
    for shape in [(5,), (4, 1), (3, 4)]:
        yield case('binaryCrossEntropy', [normal(*shape, scale=3), coin(*shape).float()], bce, fixed=[1])
    yield case('binaryCrossEntropy', [normal(6, scale=40), positive(6) - 0.5], bce, fixed=[1])
    yield case(
        'weightedBinaryCrossEntropy',
        [normal(6, 1), coin(6, 1).float(), positive(6, 1)],
        lambda z, y, weight: F.binary_cross_entropy_with_logits(z, y, weight),
        fixed=[1, 2],
        mean=True,
    )
    for shape in [(5, 4), (2, 3, 6)]:
        yield case('crossEntropy', [normal(*shape, scale=3), whole(shape[-1], *shape[:-1])], cross_entropy)
    yield case(
        'crossEntropyOfDistributions',
        [normal(4, 5), normal(4, 5).softmax(-1)],
        lambda z, y: F.cross_entropy(z, y, reduction='none'),
        fixed=[1],
    )
    yield from sampled_softmaxes()
    for shape in [(6,), (3, 4)]:
        yield case('bpr', [normal(*shape, scale=3), normal(*shape, scale=3)], lambda p, n: -F.logsigmoid(p - n))
    for shape, temperature, unit in [((4, 3), 0.5, False), ((5, 4), 0.07, True)]:
        yield case(
            'infoNce',
            [normal(*shape), normal(*shape)],
            lambda a, b: info_nce(a, b, temperature, unit),
            temperature=temperature,
            unit=unit,
            mean=True,
        )
    valid = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 0, 1]]).bool()
    yield case('listwiseSoftmax', [normal(3, 5), whole(3, 3, 5).float() * valid, valid], listwise_softmax, fixed=[1])


def bce(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, labels, reduction='none')


def cross_entropy(logits, classes):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), classes.reshape(-1), reduction='none').reshape(classes.shape)


def sampled_softmaxes():
    """
    Hidden states [N, D], their targets' vectors [N, D] and ids [N], shared negatives' vectors [S, D] and ids [S], the
    logarithms of the negatives' expected counts [S] and, where the target's logit is corrected too, the targets' [N].
    """
    vectors, ids = [normal(4, 3), normal(4, 3), normal(6, 3)], [whole(7, 4), whole(7, 6)]
    ids[1][2] = ids[0][1]  # at least one accidental hit
    log_q = [positive(6).log(), positive(4).log()]
    inputs = [vectors[0], vectors[1], ids[0], vectors[2], ids[1]]
    yield case('sampledSoftmax', [*inputs, log_q[0]], sampled_softmax, fixed=[5])
    yield case('sampledSoftmax', [*inputs, *log_q], sampled_softmax, fixed=[5, 6])


def sampled_softmax(hidden, targets, target_ids, negatives, negative_ids, log_q, target_log_q=0):
    """A negative that is the row's own target does not compete with it."""
    positive_logits = (hidden * targets).sum(-1) - target_log_q
    hits = target_ids[:, None] == negative_ids[None]
    negative_logits = (hidden @ negatives.T - log_q).masked_fill(hits, -torch.inf)
    return -torch.cat([positive_logits[:, None], negative_logits], 1).log_softmax(1)[:, 0]


def info_nce(a, b, temperature, unit):
    """Row i of a belongs to row i of b; the mean of both ways."""
    if unit:
        a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    logits, own = a @ b.T / temperature, torch.arange(len(a))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def listwise_softmax(scores, gains, valid):
    """-sum(gain log softmax(score)) over the places of a list that are taken."""
    return -(gains * scores.masked_fill(~valid, -1e9).log_softmax(-1)).sum(-1)
