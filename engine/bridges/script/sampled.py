"""Blocks of the script for grpo: prompts, rewards, and trl's trainer."""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import PurePosixPath

from engine.bridges.script.judged import PLAIN_SCORES
from engine.bridges.script.settings import Facts
from engine.recipe import Reward
from engine.recipe.rewards import (
    ChoiceReward,
    ExactReward,
    JsonSchemaReward,
    LanguageReward,
    LengthReward,
    NumericReward,
    PythonReward,
    RegexReward,
)
from engine.rewards import reward_names

REWARDS = "rewards"
"""The folder of the rewards' Python files, beside the script."""

IMPORTS = "from trl import GRPOConfig, GRPOTrainer"

_PROMPTS = '''
def load(name):
    """A file's prompts through the chat template; those that leave no room for an answer are left out."""
    found = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            prompt = render(row["prompt"], ask=True)
        except TemplateError:  # the chat template refuses the row
            continue
        if len(encoder(prompt, add_special_tokens=False)["input_ids"]) <= MAX_LENGTH - %d:
            question = "\\n".join(turn["content"] for turn in row["prompt"] if turn["role"] != "system")
            found.append({"prompt": prompt, "question": question, "solution": row["solution"], "row": line})
    return found


train = load("train.jsonl")
'''

_RENDER = '''
def render(messages, ask=False):
    """Messages through the chat template; with `ask` followed by what asks for an answer."""
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)


answered = render([{"role": "user", "content": "x"}, {"role": "assistant", "content": "\\ue000"}])
after = encoder(answered.split("\\ue000")[1], add_special_tokens=False)["input_ids"]
ENDS = {tokenizer.eos_token_id, next((token for token in after if token in tokenizer.all_special_ids), None)} - {None}
'''

_NUMBER = '''
NUMBER = re.compile(r"(?<![\\w.])[-+−]?(?:(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+)(?:[eE][-+]?\\d+)?")


def number(text, after):
    """The first number behind the last `after`; with "" the last number anywhere."""
    if after and after not in text:
        return None
    found = NUMBER.findall(text.rpartition(after)[2] if after else text)
    return float(found[0 if after else -1].replace(",", "").replace("−", "-")) if found else None

'''

_REWARD = '''
def {name}(completions, question, solution, row, **_):
    """{words}"""
    scores = []
    for answer, asked, right, line in zip(completions, question, solution, row):
        {code}
    return scores

'''

_TRAINER = '''\

class Grpo(GRPOTrainer):
    """trl's trainer; prompts hold their special tokens already, which the tokenizer would write again."""

    def _tokenize_prompts(self, prompts):
        return [encoder(prompt, add_special_tokens=False)["input_ids"] for prompt in prompts], None, {}


whole = model.get_base_model() if hasattr(model, "peft_config") else model
whole.generation_config.eos_token_id = sorted(ENDS)
'''


def prompts(facts: Facts) -> str:
    """Rows as prompts, and the rewards."""
    code = _RENDER + _PROMPTS % facts.recipe.method.grpo.max_new_tokens
    code += 'validation = load("validation.jsonl")\n' if facts.measured else ""
    rewards = facts.recipe.rewards
    code += _NUMBER if any(isinstance(it, NumericReward) for it in rewards) else ""
    named = zip(reward_names(rewards), rewards, strict=True)
    places = places_beside([it.file for it in rewards if isinstance(it, PythonReward)])
    return code + "\n".join(_reward(name, reward, places) for name, reward in named)


def places_beside(files: Sequence[str]) -> dict[str, str]:
    """Where each Python file of the rewards lies below the script: all in a folder of their own, so that none takes the
    name of the script, of its rows or of a module that it imports. Their own folders are kept within the project.
    """
    places: dict[str, str] = {}
    for file in dict.fromkeys(files):
        path = PurePosixPath(file)
        kept = path.name if path.is_absolute() or ".." in path.parts or file.startswith("~") else str(path)
        numbers = (f"{REWARDS}/{f'{number}/' if number > 1 else ''}{kept}" for number in count(1))
        places[file] = next(place for place in numbers if place not in places.values())
    return places


def imports(facts: Facts) -> list[str]:
    """Modules of Python's own, or of others, that the rewards need."""
    found = {
        "import re": (NumericReward, RegexReward, ChoiceReward),
        "import runpy": (PythonReward,),
        "import py3langid": (LanguageReward,),
    }
    return [line for line, kinds in found.items() if any(isinstance(it, kinds) for it in facts.recipe.rewards)]


def unsaid(rewards: tuple[Reward, ...]) -> list[str]:
    """A line for each thing that the script's rewards do otherwise than ttune's."""
    found = []
    for name, reward in zip(reward_names(rewards), rewards, strict=True):
        if isinstance(reward, JsonSchemaReward) and reward.schema_file:
            found.append(f"rewards: {name}: schema_file is not looked at, only the required fields")
        if isinstance(reward, LanguageReward):
            found.append(f"rewards: {name}: tells languages by py3langid alone, also of short answers")
    return found


def _reward(name: str, reward: Reward, places: Mapping[str, str]) -> str:
    words, code = _of_file(reward, places) if isinstance(reward, PythonReward) else _scoring(reward)
    return _REWARD.format(name=name, words=words, code=code)


def _of_file(reward: PythonReward, places: Mapping[str, str]) -> tuple[str, str]:
    return (
        f"The function {reward.function} of {reward.file}.".replace('"', "'").replace("\\", "/"),
        f"module = runpy.run_path(str(HERE / {json.dumps(places[reward.file])}))\n"
        f"        score = module[{json.dumps(reward.function)}]\n"
        "        scores.append(float(score(asked, answer, json.loads(line))))",
    )


def _scoring(reward: Reward) -> tuple[str, str]:
    """What a reward gives, in words, and the code that adds the score of one answer."""
    match reward:
        case ExactReward():
            plain = '" ".join({}.casefold().split()).rstrip(".").rstrip()'
            same = f"{plain.format('answer')} == {plain.format('right')}"
            return "1 where the answer is the solution, but for case and spaces.", f"scores.append(float({same}))"
        case NumericReward():
            after = json.dumps(reward.after, ensure_ascii=False)
            return (
                "1 where the answer's number is the solution's.",
                f'said, wanted = number(answer, {after}), number(right, {after} if {after} in right else "")\n'
                "        scores.append(float(None not in (said, wanted) and "
                f"abs(said - wanted) <= {reward.tolerance!r}))",
            )
        case RegexReward():
            pattern = json.dumps(reward.pattern, ensure_ascii=False)
            return "1 where the pattern is found.", f"scores.append(float(re.search({pattern}, answer) is not None))"
        case ChoiceReward():
            return _choice(reward)
        case JsonSchemaReward():
            return _json(reward)
        case LengthReward():
            return (
                f"1 up to {reward.most} characters, falling to 0 at twice that.",
                f"length = len(answer.strip())\n        scores.append(min(1.0, max(0.0, 2 - length / {reward.most})) "
                "if length else 0.0)",
            )
        case LanguageReward():
            kept = json.dumps(list(reward.keep))
            return (
                "1 where the answer is in the language.",
                f"scores.append(float(py3langid.classify(answer)[0] in {kept}))",
            )
    raise AssertionError(reward.kind)


def _choice(reward: ChoiceReward) -> tuple[str, str]:
    choices = json.dumps([" ".join(choice.casefold().split()) for choice in reward.choices], ensure_ascii=False)
    return (
        "1 where the answer names the solution and no other choice.",
        f"choices = sorted({choices}, key=len, reverse=True)\n"
        '        words = "|".join(re.escape(choice).replace("\\\\ ", r"\\s+") for choice in choices)\n'
        '        found = re.findall(rf"(?<!\\w)(?:{words})(?!\\w)", answer.casefold())\n'
        '        named = {" ".join(name.split()) for name in found}\n'
        '        scores.append(float(named == {" ".join(right.casefold().split())}))',
    )


def _json(reward: JsonSchemaReward) -> tuple[str, str]:
    required = json.dumps(list(reward.required), ensure_ascii=False)
    return (
        "The share of required fields that the answer's JSON has.",
        f"required = {required}\n"
        "        try:\n            value = json.loads(answer)\n"
        "        except ValueError:\n            scores.append(0.0)\n            continue\n"
        "        there = [isinstance(value, dict) and name in value for name in required]\n"
        "        scores.append(sum(there) / len(there) if there else 1.0)",
    )


def trainer(facts: Facts) -> str:
    """trl's trainer with the recipe's settings."""
    grpo = facts.recipe.method.grpo
    names = ", ".join(reward_names(facts.recipe.rewards))
    weights = [reward.weight for reward in facts.recipe.rewards]
    shuffled = facts.recipe.training.order != "given"
    evaluated = "\n    eval_dataset=Dataset.from_list(validation)," if facts.measured else ""
    fresh = facts.recipe.adapter.kind != "full" and not facts.adapter_path and facts.recipe.adapter.init == "default"
    best = (
        'arguments |= {"metric_for_best_model": "eval_reward", "greater_is_better": True}\n' if facts.measured else ""
    )
    return (
        PLAIN_SCORES + _TRAINER + best + "trainer = Grpo(\n    model=model,\n"
        f"    reward_funcs=[{names}],\n"
        "    args=GRPOConfig(\n        **arguments,\n"
        f"        num_generations={grpo.generations}, num_generations_eval=1,"
        f" max_completion_length={grpo.max_new_tokens},\n"
        f"        temperature={grpo.temperature!r}, top_p={grpo.top_p!r}, beta={grpo.beta!r},"
        f' loss_type="{grpo.loss}",\n'
        f'        scale_rewards="{grpo.scale_rewards}", reward_weights={weights!r}, shuffle_dataset={shuffled},\n'
        f"        epsilon=0.2, epsilon_high=0.2, disable_dropout={not facts.recipe.adapter.dropout},\n    ),\n"
        "    train_dataset=Dataset.from_list(train),\n    processing_class=tokenizer,"
        f"{evaluated}\n)\n" + (_FRESH if fresh else "")
    )


_FRESH = """\
if "ref" in model.peft_config:  # a fresh adapter changes nothing, so the model without it is the reference
    model.delete_adapter("ref")
"""
