"""One reward of a recipe as a form edits it; changes go through the recipe's draft, with its undo."""

from typing import Any

from engine.recipe_form import FieldSpec, field, reward_kinds, same
from tui.panes.recipe.draft import Draft, FieldState, Trial

_REWARDS = field("rewards")


def rewards_spec() -> FieldSpec:
    """The setting that holds all rewards."""
    assert _REWARDS is not None
    return _REWARDS


def rewards_of(draft: Draft) -> list[dict[str, Any]]:
    """The rewards as they are typed; items that are no rewards are left out."""
    return [dict(item) for item in draft.value(rewards_spec()) or () if isinstance(item, dict)]


class RewardDraft:
    """The settings of one reward."""

    def __init__(self, draft: Draft, place: int) -> None:
        """`place`: which of the rewards, from 0."""
        self._draft = draft
        self.place = place

    @property
    def kind(self) -> str:
        """Its kind; one that there is not where the file says so."""
        return str(self._item.get("kind", ""))

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """Its settings; of a kind that there is not, those of the simplest."""
        kinds = reward_kinds()
        return kinds.get(self.kind) or kinds["exact"]

    @property
    def can_undo(self) -> bool:
        """Whether the recipe has a change to take back."""
        return self._draft.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether one was taken back."""
        return self._draft.can_redo

    @property
    def _item(self) -> dict[str, Any]:
        rewards = rewards_of(self._draft)
        return rewards[self.place] if self.place < len(rewards) else {}

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""
        value = self._item.get(spec.key)
        value = spec.default if value is None else value
        problem = self._problem(spec, self._draft.problems)
        default = spec.required or same(value, spec.default)
        return FieldState(value, default, self._draft.state(rewards_spec()).waiting and bool(problem), problem)

    def try_out(self, spec: FieldSpec, value: Any) -> Trial:
        """What would come of a value."""
        problems = self._draft.problems_with({rewards_spec().key: self._with(spec, value)})
        trial = self._draft.try_out(rewards_spec(), self._with(spec, value))
        return Trial(self._problem(spec, problems), trial.recipe)

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting; whether anything was written."""
        return self._draft.set(rewards_spec(), self._with(spec, value))

    def leave(self, spec: FieldSpec, value: Any) -> None:
        """Keep what was being typed for the next studio."""
        self._draft.leave(rewards_spec(), self._with(spec, value))

    def undo(self) -> FieldSpec | None:
        """Take the recipe's last change back."""
        return self.specs[0] if self._draft.undo() is not None else None

    def redo(self) -> FieldSpec | None:
        """Make it again."""
        return self.specs[0] if self._draft.redo() is not None else None

    def _with(self, spec: FieldSpec, value: Any) -> list[dict[str, Any]]:
        rewards = rewards_of(self._draft)
        changed = {name: held for name, held in rewards[self.place].items() if name != spec.key}
        if value is not None:
            changed[spec.key] = value
        return [*rewards[: self.place], changed, *rewards[self.place + 1 :]]

    def _problem(self, spec: FieldSpec, problems: dict[str, str]) -> str:
        """What is wrong with a setting; what is wrong with the reward as a whole is said of its first."""
        begin = f"rewards.{self.place}"
        of_kind = {f"{begin}.{self.kind}.{spec.key}", f"{begin}.{spec.key}"}
        whole = {begin, f"{begin}.{self.kind}"} if spec == self.specs[0] else set[str]()
        for key, problem in problems.items():
            if key in of_kind | whole or any(key.startswith(f"{one}.") for one in of_kind):
                return problem
        return ""


def new_reward(kind: str) -> dict[str, Any]:
    """A reward of a kind, as it begins: what it must have is asked for in its form."""
    return {"kind": kind}
