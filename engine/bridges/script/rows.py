"""Blocks of the script that make tokens of rows, with what of them is trained."""

TOKENIZER = """\
# --- The tokenizer -------------------------------------------------------------------------------------------------
tokenizer = AutoTokenizer.from_pretrained(MODEL%s)
"""

PLAIN_TEMPLATE = """\
if not tokenizer.chat_template:  # a base model: turns with a blank line between them, answers ended by EOS
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['content'] }}"
        "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
        "{% if not loop.last %}{{ '\\n\\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '\\n\\n' }}{% endif %}"
    )
"""
"""ttune's own, where a base has none."""

PAD = """\
if tokenizer.pad_token_id is None:
    names = ("<|finetune_right_pad_id|>", "<pad>", "<|pad|>", "[PAD]", "<unk>")
    tokenizer.pad_token = next((name for name in names if name in tokenizer.get_vocab()), tokenizer.eos_token)
"""
"""What ttune pads with, where a base does not say."""

BOS = """\
BEGINS_WITH_BOS = tokenizer.bos_token_id is not None and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]
"""

ENCODER = """\
encoder = copy.deepcopy(tokenizer)
encoder.backend_tokenizer.post_processor = None  # texts hold their special tokens; offsets are not trimmed of spaces
"""

ENCODE = '''

def encode(text, spans):
    """A text's tokens; those that begin in one of the spans of characters are trained."""
    encoded = encoder(text, add_special_tokens=False, return_offsets_mapping=True)
    trained = [any(start <= begin < end for start, end in spans) for begin, _ in encoded["offset_mapping"]]
    ids = encoded["input_ids"]
    return ids, [token if train else -100 for token, train in zip(ids, trained)]

'''

CONVERSATION = '''
def render(messages, ask=False):
    """Messages through the chat template; with `ask` followed by what asks for an answer."""
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)


# what the template writes after an answer, such as <|im_end|>; it is trained too
AFTER = render([{"role": "user", "content": "x"}, {"role": "assistant", "content": "\\ue000"}]).split("\\ue000")[1]


def tokens(row):
    """A conversation's tokens. An answer reaches from the end of the prompt that asks for it to the end of its turn."""
    messages, spans, until = row["messages"], [], None
    text = render(messages)
    for place in reversed([place for place, message in enumerate(messages) if message["role"] == "assistant"]):
        asked = render(messages[:place], ask=True) if place else ""
        through = render(messages[: place + 1])
        end = len(through) if text.startswith(through) else text.find(AFTER, len(asked), until) + len(AFTER)
        if not text.startswith(asked) or end < len(asked) + len(AFTER):
            raise SystemExit(f"this chat template writes earlier turns otherwise, so answers are not told: {row}")
        spans.append((len(asked), end))
        until = len(asked)
    return encode(text, SPANS)

'''

TEXT = '''
def tokens(row):
    """A text's tokens, all of them trained; it ends with EOS."""
    text = row["text"]
    if BEGINS_WITH_BOS and not text.startswith(tokenizer.bos_token):
        text = tokenizer.bos_token + text
    if tokenizer.eos_token and not text.endswith(tokenizer.eos_token):
        text += tokenizer.eos_token
    return encode(text, [(0, len(text))])

'''

SEGMENTS = '''
def tokens(row):
    """The tokens of each piece by itself; those of pieces with a true label are trained. EOS goes with the last one."""
    pieces = [(piece["text"], piece["label"]) for piece in row["segments"]]
    if BEGINS_WITH_BOS and not pieces[0][0].startswith(tokenizer.bos_token):
        pieces.insert(0, (tokenizer.bos_token, False))
    if tokenizer.eos_token and not pieces[-1][0].endswith(tokenizer.eos_token):
        pieces.append((tokenizer.eos_token, pieces[-1][1]))
    encoded = [encode(text, [(0, len(text))] if label else []) for text, label in pieces]
    return [token for ids, _ in encoded for token in ids], [label for _, labels in encoded for label in labels]

'''

LOAD = '''
def load(name):
    """A file's rows as tokens; a row loses what is longer than MAX_LENGTH. Rows that train nothing are left out."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        try:
            ids, labels = (part[:MAX_LENGTH] for part in tokens(json.loads(line)))
        except TemplateError:  # the chat template refuses the row
            continue
        if any(label != -100 for label in labels):
            found.append({"input_ids": ids, "labels": labels})
    return found

'''

LOAD_PLAIN = '''
def load(name):
    """A file's rows as tokens; a row loses what is longer than MAX_LENGTH. Rows that train nothing are left out."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        ids, labels = (part[:MAX_LENGTH] for part in tokens(json.loads(line)))
        if any(label != -100 for label in labels):
            found.append({"input_ids": ids, "labels": labels})
    return found

'''

LOAD_PIECES = '''
def load(name):
    """A file's rows as tokens, in pieces of MAX_LENGTH. A last one of a single token would teach nothing: it takes a
    second one."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        ids, labels = tokens(json.loads(line))
        cuts = [*range(0, len(ids), MAX_LENGTH), len(ids)]
        if len(cuts) > 2 and cuts[-1] - cuts[-2] == 1:
            cuts[-2] -= 1
        found += [{"input_ids": ids[at:to], "labels": labels[at:to]} for at, to in zip(cuts, cuts[1:])]
    return found

'''

PACK = '''

def pack(rows):
    """Several rows in one of MAX_LENGTH tokens: the longest first, each where the least room is left that is enough."""
    packed, rooms = [], []
    for row in sorted(rows, key=lambda row: -len(row["input_ids"])):
        length = len(row["input_ids"])
        at = bisect_left(rooms, (length, -1))
        room, place = rooms.pop(at) if at < len(rooms) else (MAX_LENGTH, len(packed))
        if place == len(packed):
            packed.append([])
        packed[place].append(row)
        if room > length:
            insort(rooms, (room - length, place))
    return [
        {
            "input_ids": [token for row in rows for token in row["input_ids"]],
            "labels": [label for row in rows for label in row["labels"]],
            "row_lengths": [len(row["input_ids"]) for row in rows],
        }
        for rows in packed
    ]

'''

PACKED_BATCH = '''

def packed_batch(rows):
    """Packed rows, told apart by their positions, which begin at 0 in each; so does the padding's. A row's first token
    is not predicted: what comes before it is another row."""
    if "row_lengths" not in rows[0]:
        return batch(rows)
    found = batch([{"input_ids": row["input_ids"], "labels": row["labels"]} for row in rows])
    width = found["input_ids"].shape[1]
    lengths = [[*row["row_lengths"], width - len(row["input_ids"])] for row in rows]
    places = torch.tensor([[place for length in each for place in range(length)] for each in lengths])
    found["labels"][places == 0] = -100
    return {"input_ids": found["input_ids"], "position_ids": places, "labels": found["labels"]}

'''

ORDER = '''

class Order:
    """The order of rows: each epoch's follows from the seed and the epoch alone."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(train)

    def __iter__(self):
        taken = np.random.default_rng([SEED, self.epoch]).permutation(len(train))
        return iter(SORTED.tolist())

'''

BY_LENGTH = '''

def by_length(taken):
    """Sorted by length inside runs of at most 50 steps, so that micro-batches are padded little; the longest first."""
    step = MICRO_BATCH * ACCUMULATION
    run = max(1, min(len(taken) // (4 * step), 50)) * step
    taken = taken[np.lexsort((-lengths[taken], np.arange(len(taken)) // run))]
    longest = np.argsort(-lengths[taken], kind="stable")[:MICRO_BATCH]
    return np.concatenate([taken[longest], np.delete(taken, longest)])

'''
