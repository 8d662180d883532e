"""The generator of models/random.ts, number for number: xoshiro128** with a state filled by splitmix32."""

WORD = 0xFFFFFFFF


class Random:
    def __init__(self, *seeds):
        mixed = 0x9E3779B9
        for seed in seeds:
            mixed = _scramble(mixed ^ seed & WORD) ^ seed >> 32
        self._state = []
        for _ in range(4):
            mixed = mixed + 0x9E3779B9 & WORD
            self._state.append(_scramble(mixed))

    def uint32(self):
        s0, s1, s2, s3 = self._state
        result = _rotate(s1 * 5 & WORD, 7) * 9 & WORD
        s2, s3 = s2 ^ s0, s3 ^ s1
        self._state = [s0 ^ s3, s1 ^ s2, s2 ^ s1 << 9 & WORD, _rotate(s3, 11)]
        return result

    def uniform(self):
        return self.uint32() / 2**32

    def below(self, n):
        return int(self.uniform() * n)

    def shuffle(self, values):
        for i in range(len(values) - 1, 0, -1):
            j = self.below(i + 1)
            values[i], values[j] = values[j], values[i]
        return values


def _scramble(z):
    z = (z ^ z >> 16) * 0x21F0AAAD & WORD
    z = (z ^ z >> 15) * 0x735A2D97 & WORD
    return z ^ z >> 15


def _rotate(value, bits):
    return value << bits & WORD | value >> 32 - bits
