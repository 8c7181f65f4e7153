"""What a recipe names on disk beside its base and its rows: the adapter to go on from, rewards' files, a commit."""

from dataclasses import dataclass

from engine.recipe import Recipe, Reward
from engine.situation import Situation


@dataclass(frozen=True, slots=True)
class AdapterFacts:
    """An adapter to go on from, as its folder says."""

    reference: str
    """`model.adapter` when it was looked for."""
    base: str
    """`model.base` then."""
    problem: str = ""
    """Why there is none, with the mend; "" where there is one."""
    other_base: str = ""
    """The base that it was trained on, where that is not the recipe's; "" where it is, or where nothing says."""
    rank: int | None = None
    alpha: float | None = None
    rslora: bool = False
    dora: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """What was found of it. None and "": nobody has looked, or nothing was found."""

    adapter: AdapterFacts | None = None
    rewards: tuple[Reward, ...] | None = None
    """Those that were looked at; None where nobody has."""
    reward_problems: tuple[str, ...] = ()
    """What is wrong with them or their files, a line each."""
    commit: str = ""
    """The commit of the base that is here, where it came from the Hub."""
    base: str = ""
    """The base that the commit is of."""

    def adapter_of(self, recipe: Recipe) -> AdapterFacts | None:
        """The adapter that a recipe goes on from; None where it names another by now, or none."""
        found, model = self.adapter, recipe.model
        same = found is not None and (found.reference, found.base) == (model.adapter, model.base)
        return found if same else None


@dataclass(frozen=True, slots=True)
class Looked(Situation):
    """A situation for which the files that a recipe names were looked at too."""

    named: Named = Named()


def named_of(situation: Situation) -> Named:
    """What a situation knows of these files."""
    return situation.named if isinstance(situation, Looked) else Named()
