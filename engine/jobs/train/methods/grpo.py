"""The `grpo` method: sample answers and learn from rewards, with trl's GRPOTrainer."""

from collections.abc import Callable
from typing import Any

from engine.data.dataset import Dataset
from engine.jobs.context import JobContext
from engine.jobs.masking.pieces import PieceEncoder
from engine.jobs.tokenizer import LoadedTokenizer
from engine.jobs.train.arguments import common_arguments, complete
from engine.jobs.train.methods import Setup
from engine.jobs.train.methods.questions import Lookup, QuestionData, prepare_questions
from engine.jobs.train.methods.reference import forget_copy_at_the_end, reference_of
from engine.jobs.train.methods.scoring import use_plain_scoring
from engine.jobs.train.rewards import LoadedReward, load_rewards
from engine.jobs.train.tally import BatchCount, Tally
from engine.method_limits import check_method
from engine.recipe import Recipe
from engine.rewards import check_rewards

CLIP = 0.2
"""How far a token's probability may move in one update (Schulman et al. 2017); said, since Unsloth has another one."""

EQUAL_STEPS = 5
"""After as many steps from the start without a difference between the answers of any prompt, a person is told."""

_NOTHING_LEARNED = (
    f"nothing is learned: in the first {EQUAL_STEPS} steps all answers to a prompt have had the same reward: raise "
    "method.grpo.temperature or generations, or choose rewards that the model sometimes reaches"
)


def prepare(context: JobContext, recipe: Recipe, dataset: Dataset, tokenizer: LoadedTokenizer) -> QuestionData:
    """Prompts, and proof that the rewards can be given. Raises RecipeError or DataError."""
    check_method(recipe)
    check_rewards(recipe.rewards, context.project_path)
    load_rewards(recipe.rewards, context.project_path)  # a user's file that does not load shows here, not after loading
    return prepare_questions(context, recipe, dataset, tokenizer)


def build_trainer(setup: Setup) -> Any:
    """trl's trainer, set up by the recipe."""
    use_plain_scoring()
    data: QuestionData = setup.data
    _stop_at(setup.model, setup.tokenizer.end_ids)
    rewards = load_rewards(setup.recipe.rewards, setup.project)
    lookup = Lookup(data.dataset)
    with reference_of(setup.model):
        trainer = _trainer_class(setup.tokenizer.tokenizer, setup.tally)(
            model=setup.model,
            reward_funcs=[reward_function(reward, lookup) for reward in rewards],
            args=_arguments(setup, rewards),
            train_dataset=data.train.dataset(),
            eval_dataset=data.validation.dataset() if data.validation_rows else None,
            processing_class=setup.tokenizer.tokenizer,
            callbacks=[setup.reporter, _equal_rewards(data.context)],
        )
    forget_copy_at_the_end(trainer)
    complete(trainer, setup.recipe)
    return trainer


def reward_function(reward: LoadedReward, lookup: Lookup) -> Callable[..., list[float]]:
    """A reward as trl calls it; it takes the name under which trl reports it."""

    def score(prompts: list[str], completions: list[str], place: list[int], **_: Any) -> list[float]:
        return [reward.score(lookup(at, answer)) for at, answer in zip(place, completions, strict=True)]

    score.__name__ = reward.name
    return score


def _stop_at(model: Any, end_ids: list[int]) -> None:
    """End answers where they end in training: trl goes by what the model's own settings say."""
    whole = model.get_base_model() if hasattr(model, "peft_config") else model
    whole.generation_config.eos_token_id = list(end_ids)


def _trainer_class(tokenizer: Any, tally: Tally) -> Any:
    from trl import GRPOTrainer

    encoder = PieceEncoder(tokenizer)

    class ReadyGRPOTrainer(GRPOTrainer):  # type: ignore[misc]  # trl is untyped here
        def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
            """As masking does: the chat template has written BOS already, which the tokenizer would write again."""
            count, ids, _, _ = encoder.encode(prompts)
            rest = iter(ids.tolist())
            return [[next(rest) for _ in range(length)] for length in count.tolist()], None, {}

        def _prepare_inputs(self, generation_batch: Any) -> Any:
            training = self.model.training
            inputs = super()._prepare_inputs(generation_batch)
            if not training:
                self.model.eval()  # Unsloth leaves it ready to train, and trl would take the evaluation for a step
            else:
                answers = int(inputs["completion_mask"].sum())
                tally.add(BatchCount([], int(inputs["prompt_mask"].sum()) + answers, answers))
            return inputs

    return ReadyGRPOTrainer


def _equal_rewards(context: JobContext) -> Any:
    """A callback that tells when the first steps have nothing to learn from."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            share = (logs or {}).get("frac_reward_zero_std")
            if share is None or state.global_step > EQUAL_STEPS:
                return
            self.equal = getattr(self, "equal", 0) + (share >= 1)
            if self.equal == EQUAL_STEPS:
                context.notice(_NOTHING_LEARNED, "warn")

    return Watch()


def _arguments(setup: Setup, rewards: list[LoadedReward]) -> Any:
    from trl import GRPOConfig

    data: QuestionData = setup.data
    grpo = setup.recipe.method.grpo
    measured = data.validation_rows > 0
    common = common_arguments(setup.recipe, data.train_rows, setup.output, measured=measured)
    if measured:  # the loss says nothing: it is 0 where the answers of a prompt are as good as each other
        common |= {"metric_for_best_model": "eval_reward", "greater_is_better": True}
    arguments = GRPOConfig(
        **common,
        num_generations=grpo.generations,
        num_generations_eval=1,
        max_completion_length=grpo.max_new_tokens,
        temperature=grpo.temperature,
        top_p=grpo.top_p,
        beta=grpo.beta,
        loss_type=grpo.loss,
        scale_rewards=grpo.scale_rewards,
        epsilon=CLIP,
        epsilon_high=CLIP,
        mask_truncated_completions=False,
        reward_weights=[reward.weight for reward in rewards],
        shuffle_dataset=setup.recipe.training.order != "given",
        disable_dropout=not setup.recipe.adapter.dropout,
    )
    arguments.scale_rewards = grpo.scale_rewards  # Unsloth takes another one for dr_grpo
    return arguments
