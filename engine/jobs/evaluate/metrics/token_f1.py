"""Token F1."""

import re
import string
from collections import Counter

from engine.jobs.evaluate import row_metric

_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation, " "))
_ARTICLES = re.compile(r"\b(a|an|the)\b")


class TokenF1(row_metric.RowMetric):
    """The share of words in common: F1 over words; case, punctuation and English articles do not count.

    As SQuAD measures it (Rajpurkar et al. 2016, section 6.1), but that punctuation parts words: `high","low` is two.
    """

    def row_score(self, prediction: str, reference: str) -> float:
        """Harmonic mean of precision and recall; two texts without words agree."""
        said, wanted = words(prediction), words(reference)
        if not said or not wanted:
            return float(said == wanted)
        common = sum((Counter(said) & Counter(wanted)).values())
        return 2 * common / (len(said) + len(wanted))


def words(text: str) -> list[str]:
    """The words that count."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
