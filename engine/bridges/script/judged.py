"""Blocks of the script for the methods that weigh answers against each other: dpo, orpo and kto."""

from engine.bridges.script.rows import CONVERSATION
from engine.bridges.script.settings import Facts

IMPORTS = {
    "dpo": "from trl import DPOConfig, DPOTrainer",
    "kto": "from trl import KTOConfig, KTOTrainer",
    "orpo": "from trl.experimental.orpo import ORPOConfig, ORPOTrainer",
}

_TOKENS = (
    CONVERSATION.replace("def tokens(row):", "def tokens(prompt, answer):")
    .replace('messages, spans, until = row["messages"], [], None', "messages, spans, until = prompt + answer, [], None")
    .replace(
        '"""A conversation\'s tokens. An answer reaches',
        '"""The answer alone is trained: it goes',
    )
    .replace("not told: {row}", "not told: {messages}")
    .replace(
        "    return encode(text, SPANS)",
        '    judged = sum(turn["role"] == "assistant" for turn in answer)\n'
        "    ids, labels = encode(text, spans[:judged])\n"
        "    return ids[:MAX_LENGTH], labels[:MAX_LENGTH]",
    )
)

_PAIRS = '''
def load(name):
    """A file's pairs as tokens; those whose answers are lost to MAX_LENGTH or become the same are left out."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            (chosen, good), (rejected, bad) = (tokens(row["prompt"], row[side]) for side in ("chosen", "rejected"))
        except TemplateError:  # the chat template refuses the row
            continue
        if set(good) != {-100} and set(bad) != {-100} and chosen != rejected:
            pair = {"chosen_ids": chosen, "chosen_labels": good, "rejected_ids": rejected, "rejected_labels": bad}
            found.append(pair)
    return found


train = load("train.jsonl")
lengths = np.array([max(len(row["chosen_ids"]), len(row["rejected_ids"])) for row in train])
'''

_JUDGED = '''
def load(name):
    """A file's answers as tokens; those that are lost to MAX_LENGTH are left out."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            ids, labels = tokens(row["prompt"], row["completion"])
        except TemplateError:  # the chat template refuses the row
            continue
        if set(labels) != {-100}:
            found.append({"ids": ids, "labels": labels, "good": row["label"]})
    return found


train = load("train.jsonl")
lengths = np.array([len(row["ids"]) for row in train])
'''

_PAIR_BATCH = '''\
pad = DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=8)


def batch(rows):
    """All chosen answers, then all rejected ones."""
    sides = [(row[f"{side}_ids"], row[f"{side}_labels"]) for side in ("chosen", "rejected") for row in rows]
    found = dict(pad([{"input_ids": ids, "labels": labels} for ids, labels in sides]))
    trained = (found.pop("labels") != -100).long()
    return {**found, "completion_mask": trained}

'''

_JUDGED_BATCH = '''\
pad = DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=8)


def begins(row):
    """Where a row's answer begins."""
    return next(place for place, label in enumerate(row["labels"]) if label != -100)


def masked(rows):
    """Padded rows, with a mask of what is trained."""
    found = dict(pad([{"input_ids": ids[:MAX_LENGTH], "labels": labels[:MAX_LENGTH]} for ids, labels in rows]))
    trained = (found.pop("labels") != -100).long()
    return {**found, "completion_mask": trained}


def batch(rows):
    """The rows; and each prompt with its neighbour's answer, which tells how far the model has moved in general."""
    mismatched = []
    for row, neighbour in zip(rows, [rows[-1], *rows]):
        at, of_neighbour = begins(row), begins(neighbour)
        ids = row["ids"][:at] + neighbour["ids"][of_neighbour:]
        mismatched.append((ids, [-100] * at + neighbour["labels"][of_neighbour:]))
    other = {f"KL_{name}": tensor for name, tensor in masked(mismatched).items()}
    good = torch.tensor([row["good"] for row in rows])
    return {**masked([(row["ids"], row["labels"]) for row in rows]), **other, "label": good}

'''

PLAIN_SCORES = '''\

class PlainLogProbs:
    """What trl's kernel gives of tokens, by plain torch: the kernel needs a GPU."""

    @staticmethod
    def apply(hidden, weight, bias, labels, temperature, chunk, softcap, scale, outputs):
        logits = torch.nn.functional.linear(hidden, weight, bias).float() * scale
        logits = (logits if softcap is None else softcap * torch.tanh(logits / softcap)) / temperature
        logs = torch.log_softmax(logits, dim=-1)
        chosen = logs.gather(1, labels[:, None]).squeeze(1)
        squares, means = torch.logsumexp(2 * logs, dim=-1).detach(), logits.mean(-1).detach()
        return chosen, -(logs.exp() * logs).sum(-1), squares, means, logits.argmax(-1) == labels


if not GPU:
    trl.trainer.utils._ChunkedLogProbFunction = PlainLogProbs
'''

_READY = '''\

class Ready(%sTrainer):
    """trl's trainer, on rows that are tokens already."""

    def _prepare_dataset(self, dataset, *args, **kwargs):
        return dataset

'''

_ORPO = '''\

class Ready(ORPOTrainer):
    """trl's trainer, on rows that are tokens already; of what it imitates the chosen answer alone, not its prompt."""

    def tokenize_row(self, feature, model=None):
        return feature

    def concatenated_forward(self, model, batch):
        trained = batch["completion_mask"][:, 1:]
        seen = {name: batch[name] for name in ("input_ids", "attention_mask")}
        logits = model(**seen, use_cache=False).logits[:, :-1].float()
        logs = torch.log_softmax(logits, -1).gather(2, batch["input_ids"][:, 1:, None]).squeeze(2) * trained
        summed, count = logs.sum(-1), trained.sum(-1)
        chosen, rejected = (summed / count).chunk(2)
        means = [part[mask.bool()] for part, mask in zip(logits.mean(-1).chunk(2), trained.chunk(2))]
        imitated = -summed.chunk(2)[0].sum() / count.chunk(2)[0].sum()
        return chosen, rejected, *means, imitated

'''

_TRAINER = """
trainer = Ready(
    model=model,%s
    args=%s,
    train_dataset=Dataset.from_list(train),
    processing_class=tokenizer,
    data_collator=batch,%s
)
"""

_ORPO_DATA = """\
trainer.use_dpo_data_collator = True
"""

_FRESH = """\
if "ref" in model.peft_config:  # a fresh adapter changes nothing, so the model without it is the reference
    model.delete_adapter("ref")
"""

_OTHER_COPY = """\
model.peft_config["default"].init_lora_weights = True  # the reference is a copy of the numbers as they are now
"""


def tokens(facts: Facts) -> str:
    """Rows as tokens."""
    code = _TOKENS + (_JUDGED if facts.recipe.method.kind == "kto" else _PAIRS)
    return code + ('validation = load("validation.jsonl")\n' if facts.measured else "")


def batches(facts: Facts) -> str:
    """How rows become batches."""
    return _JUDGED_BATCH if facts.recipe.method.kind == "kto" else _PAIR_BATCH


def trainer(facts: Facts) -> str:
    """trl's trainer with the recipe's settings."""
    kind, whole = facts.recipe.method.kind, facts.recipe.adapter.kind == "full"
    code = {"dpo": PLAIN_SCORES + _READY % "DPO", "kto": PLAIN_SCORES + _READY % "KTO", "orpo": _ORPO}[kind]
    changed = bool(facts.adapter_path) or facts.recipe.adapter.init == "pissa"
    compares = kind != "orpo" and not whole
    code += _OTHER_COPY if compares and changed else ""
    reference = "\n    ref_model=copy.deepcopy(model).requires_grad_(False).eval()," if kind != "orpo" and whole else ""
    evaluated = "\n    eval_dataset=Dataset.from_list(validation)," if facts.measured else ""
    code += _TRAINER % (reference, _config(facts), evaluated)
    code += _ORPO_DATA if kind == "orpo" else ""
    return code + (_FRESH if compares and not changed else "")


def _config(facts: Facts) -> str:
    preference, kind = facts.recipe.method.preference, facts.recipe.method.kind
    dropout = "disable_dropout=True" if not facts.recipe.adapter.dropout else "disable_dropout=False"
    match kind:
        case "dpo":
            own = f'beta={preference.beta!r}, loss_type=["{preference.loss}"], max_length=None, {dropout},'
            own += f"\n        label_smoothing={preference.label_smoothing!r}," if preference.label_smoothing else ""
        case "kto":
            own = f"beta={preference.beta!r}, max_length=None, {dropout},\n        desirable_weight="
            own += f"{preference.desirable_weight!r}, undesirable_weight={preference.undesirable_weight!r},"
        case _:
            own = f"beta={preference.beta!r}, max_length=MAX_LENGTH, {dropout},"
    return f"{kind.upper()}Config(\n        **arguments, {own}\n    )"
