"""An evaluate job from top to bottom: pick rows, let both sides answer, score, compare."""

from collections.abc import Sequence

from engine.data.example import Conversation
from engine.errors import DataError
from engine.jobs.context import JobContext, Stopped
from engine.jobs.evaluate.answers import answer, final_answer
from engine.jobs.evaluate.expected import expected_of
from engine.jobs.evaluate.metrics import Metrics, load_metrics
from engine.jobs.evaluate.questions import Question, batches, choose_rows, make_questions
from engine.jobs.evaluate.scoring import Scoring
from engine.jobs.opening import open_data
from engine.jobs.pair import ModelPair, load_pair
from engine.protocol import EvaluationDone, HeldOutRow, RowAnswered, Side
from engine.recipe import Recipe
from engine.statistics import compare

SIDES: tuple[Side, ...] = ("base", "tuned")

Scores = dict[int, dict[str, float]]
"""Scores by metric, by row."""


def run(context: JobContext) -> None:
    """Compare base and tuned on the run's held-out rows."""
    recipe = context.recipe()
    dataset = open_data(context, recipe)
    held_out = expected_of(dataset)
    rows = choose_rows(len(held_out), _limit(context, recipe), recipe.data.split.seed)
    metrics = load_metrics(recipe.evaluation.metric, recipe.evaluation.fields)
    if not held_out.of_questions:  # a solution is no whole answer
        _check_expected(metrics, held_out, rows)
    pair = load_pair(context)
    longest = None if pair.context_length is None else pair.context_length - 1
    questions = make_questions(context, pair.tokenizer.tokenizer, held_out, rows, longest)
    context.phase("evaluating", f"{len(questions)} held-out rows, answered by base and by tuned")
    for question in questions:
        context.emit(HeldOutRow(row=question.row, prompt=question.shown, expected=question.expected))
    scoring = Scoring(metrics, recipe, context.project_path, held_out)
    scores = _ask_all(context, recipe, pair, scoring, questions)
    context.emit(_compared(recipe.evaluation.metric, [question.row for question in questions], scores), sync=True)


def _limit(context: JobContext, recipe: Recipe) -> int:
    return int(context.folder.spec.options.get("rows") or recipe.evaluation.rows)


def _check_expected(metrics: Metrics, held_out: Sequence[Conversation], rows: Sequence[int]) -> None:
    """What is expected must be right by the metric that decides, or it could never tell anything."""
    main = next(iter(metrics.modules))
    expected = [held_out[row][-1].content for row in rows]
    for row, scores in zip(rows, metrics.score(expected, expected), strict=True):
        if scores[main] < 1:
            raise DataError(
                f"held-out row {row + 1}: its expected answer is wrong by {main} itself: "
                "set evaluation.metric and evaluation.fields to what the answers are"
            )


def _ask_all(
    context: JobContext, recipe: Recipe, pair: ModelPair, scoring: Scoring, questions: Sequence[Question]
) -> dict[Side, Scores]:
    """Let both sides answer batch by batch, so that rows can be compared from the first minute on."""
    scores: dict[Side, Scores] = {"base": {}, "tuned": {}}
    for batch in batches(questions, recipe.evaluation.batch):
        for side in SIDES:
            _ask(context, recipe, pair, scoring, side, batch, scores[side])
            context.progress(len(scores["base"]) + len(scores["tuned"]), 2 * len(questions), "answers")
    return scores


def _ask(
    context: JobContext,
    recipe: Recipe,
    pair: ModelPair,
    scoring: Scoring,
    side: Side,
    batch: Sequence[Question],
    scores: Scores,
) -> None:
    prompts = [question.ids for question in batch]
    answers = answer(pair, side, prompts, recipe.evaluation.max_new_tokens, lambda: context.stop_requested)
    if context.stop_requested:
        raise Stopped("stopped before every row was answered: the answers so far are kept, and nothing is concluded")
    judged = scoring.score([final_answer(each.text) for each in answers], batch)
    for question, said, row_scores in zip(batch, answers, judged, strict=True):
        scores[question.row] = row_scores
        context.emit(RowAnswered(side=side, row=question.row, answer=said.text, scores=row_scores, cut=said.cut))


def _compared(main: str, rows: Sequence[int], scores: dict[Side, Scores]) -> EvaluationDone:
    base, tuned = scores["base"], scores["tuned"]
    right = {side: {row for row in rows if scores[side][row][main] >= 1} for side in SIDES}
    return EvaluationDone(
        rows=len(rows),
        main=main,
        metrics={
            metric: compare([base[row][metric] for row in rows], [tuned[row][metric] for row in rows])
            for metric in base[rows[0]]
        },
        fixed=sorted(right["tuned"] - right["base"]),
        broken=sorted(right["base"] - right["tuned"]),
    )
