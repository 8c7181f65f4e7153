"""The `json_schema` reward."""

from collections.abc import Sequence
from typing import Any

import msgspec

from engine.jobs.train.rewards.answered import Answered, Scorer
from engine.rewards.schema import matches


def scorer(required: Sequence[str], schema: Any) -> Scorer:
    """Of what is asked for, the share that is there: each required field, and the schema as a whole where there is one.

    `schema`: None for none. 0 where the answer is no JSON, or where anything stands beside it; 1 for any JSON where
    nothing more is asked for.
    """

    def score(it: Answered) -> float:
        try:
            value = msgspec.json.decode(it.answer.strip())
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return 0.0
        fields = value if isinstance(value, dict) else {}
        kept = [name in fields for name in required]
        if schema is not None:
            kept.append(matches(value, schema))
        return sum(kept) / len(kept) if kept else 1.0

    return score
