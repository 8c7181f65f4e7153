"""The method against the rows and the task."""

from engine.advice.case import Case
from engine.advice.rule import rule
from engine.advice.types import Found
from engine.data.example import Kind
from engine.data.formats.layout import NEEDED, TAUGHT

_FIELDS = {
    "dpo": "prompt, chosen and rejected", "orpo": "prompt, chosen and rejected", "kto": "prompt, completion and label",
    "grpo": "prompt and solution, or answer",
}  # fmt: skip
_FITTING: dict[Kind, str] = {
    "conversation": "sft", "text": "cpt", "segments": "sft", "preference": "dpo", "unpaired": "kto", "question": "grpo",
}  # fmt: skip
_ALLOWS: dict[Kind, str] = {"preference": "chosen_only", "unpaired": "judged_answers"}
_IMITATED: dict[Kind, str] = {"preference": "the chosen answers alone", "unpaired": "the good answers alone"}


@rule("rows_not_for_method", "blocks", "method.kind", "guide §2: formats")
def rows_not_for_method(case: Case) -> Found | None:
    """Each method learns from rows of its own: sft from answers, dpo and orpo from pairs of answers, kto from judged
    ones, grpo from questions that a reward function can score."""
    kind, method = case.kind, case.method
    if kind is None or (case.imitates and kind != "question") or kind in NEEDED.get(method, ()):
        return None
    wants = f": it needs {_FIELDS[method]}" if method in _FIELDS else ""
    fitting = _FITTING[kind]
    fix: dict[str, object] = {"method.kind": fitting}
    if fitting == "grpo" and not case.recipe.rewards:
        fix["rewards"] = [{"kind": "exact"}]
    return Found(f"The rows teach {TAUGHT[kind]}, of which {method} learns nothing{wants}.", fix)


@rule("judged_rows_imitated", "blocks", "method.kind", "guide §2: formats; §1: DPO for tone, after SFT")
def judged_rows_imitated(case: Case) -> Found | None:
    """Rows with a better and a worse answer, or judged ones, hold more than an answer to imitate. Training stops before
    its first step unless method.allow says that this is meant."""
    kind = case.kind
    if case.method != "sft" or kind is None or not _unallowed(case):
        return None
    return Found(
        f'sft would imitate {_IMITATED[kind]} of rows that teach {TAUGHT[kind]}: method.allow = ["{_ALLOWS[kind]}"] '
        "says so.",
        {"method.kind": _FITTING[kind]},
    )


@rule("texts_as_answers", "notes", "method.kind", "guide §2: text is for continued pre-training")
def texts_as_answers(case: Case) -> Found | None:
    """Plain texts have no prompt and no answer: continued pre-training takes all of them, and cuts long ones into
    pieces instead of losing their end. For sft training stops unless it is said that every token is meant."""
    if case.method != "sft" or case.kind != "text":
        return None
    data, method = case.recipe.data, case.recipe.method
    said = data.format in ("text", "segments") or data.mapping.text or "own_mask" in method.allow
    if said or not method.answers_only:
        return Found("The rows are plain texts, which cpt is for.", {"method.kind": "cpt"})
    words = 'The rows are plain texts without answers, which cpt is for; data.format = "text" says that sft is meant.'
    return Found(words, {"method.kind": "cpt"}, severity="blocks")


@rule("answers_as_texts", "warns", "method.kind", "guide §2: text is for continued pre-training")
def answers_as_texts(case: Case) -> Found | None:
    """Continued pre-training has the model learn prompts as much as answers; sft trains the answers alone. Rows with
    judged answers stop it before its first step unless method.allow says that they are meant."""
    kind = case.kind
    if case.method != "cpt" or kind is None or kind in ("text", "segments", "question"):
        return None
    return Found(
        f"The rows teach {TAUGHT[kind]}, and cpt continues plain text.",
        {"method.kind": _FITTING[kind]},
        severity="blocks" if _unallowed(case) else None,
    )


@rule("prompts_trained", "notes", "method.answers_only", "guide §3: train on answers only")
def prompts_trained(case: Case) -> Found | None:
    """When prompts carry loss, the model spends itself on guessing what users write."""
    if case.method != "sft" or case.recipe.method.answers_only or case.kind not in (None, "conversation"):
        return None
    return Found("Prompts are learned too, not only answers.", {"method.answers_only": None})


@rule("reasoning_by_imitation", "notes", "method.kind", "guide §1: maths, code, verifiable reasoning by GRPO")
def reasoning_by_imitation(case: Case) -> Found | None:
    """Where an answer can be checked by a program, learning from what is right goes further than imitating worked
    solutions; sft first, then grpo, is usual."""
    if case.method != "sft" or case.task != "reasoning":
        return None
    return Found("Reasoning that can be checked is learned best by grpo, after sft.")


def _unallowed(case: Case) -> bool:
    """Whether rows are judged ones and the recipe does not allow to imitate their good answers."""
    return case.kind in _ALLOWS and _ALLOWS[case.kind] not in case.recipe.method.allow
