"""Says how far llama.cpp is from test/fixtures/language/smollm2.json, which reference.py writes.

    /tmp/reference/bin/pip install xllamacpp==2026.10.11549
    /tmp/reference/bin/python bench/language/llama_cpp.py \
        "$(npm run --silent temper -- weights fetch smollm2-135m-instruct)/model.gguf"

llama.cpp multiplies weights of 4 bits with activations that it rounds to 8, so its logits are near, and not the same. It
tells logarithms of probabilities, of which differences are those of the logits.
"""

import json
import sys
from pathlib import Path

import xllamacpp

FIXTURE = Path(__file__).parents[2] / "test/fixtures/language/smollm2.json"


def farthest(step, reference):
    """Of the differences to the best logit, among the reference's best that llama.cpp names too."""
    known = dict(zip(reference["ids"], reference["logits"]))
    named = {each["id"]: each["logprob"] for each in step["top_logprobs"] if each["id"] in known}
    best = reference["ids"][0]
    return max(abs((named[n] - named[best]) - (known[n] - known[best])) for n in named)


params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = 2_048
params.cpuparams.n_threads = 1
server = xllamacpp.Server(params)
for each in json.loads(FIXTURE.read_text(encoding="utf-8"))["conversations"]:
    asked = {"prompt": each["prompt"], "n_predict": len(each["said"]), "temperature": 0, "n_probs": 20}
    said = server.handle_completions(asked)["choices"][0]
    steps = said["logprobs"]["content"]
    off = farthest(steps[0], each["first"]), farthest(steps[len(each["said"]) - 1], each["last"])
    print("same text" if said["text"].strip() == each["text"].strip() else said["text"], *(f"{x:.3f}" for x in off))
