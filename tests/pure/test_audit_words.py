"""What an audit counted, in words."""

import pytest

from engine.protocol import AuditDone
from tui.audit_words import audit_lines, trained_words
from tui.panes.data.facts import TokenFacts, token_parts


def done(trained: int, masked: int = 0) -> AuditDone:
    return AuditDone(
        path="audit.arrow", rows=10, tokens=2000, trained_tokens=trained, masked_rows=masked, cut_rows=0, failed_rows=0
    )


@pytest.mark.parametrize(
    ("found", "brief", "exact"),
    [
        (done(500), "2,000 tokens, 25% trained", "2,000, 500 trained (25%)"),
        (
            done(0),
            "2,000 tokens: they are asked, and the answers to them trained",
            "2,000: they are asked, and the answers to them trained",
        ),
        (done(0, masked=10), "2,000 tokens, 0% trained", "2,000, 0 trained (0%)"),
    ],
)
def test_what_is_trained_of_how_many(found: AuditDone, brief: str, exact: str) -> None:
    assert trained_words(found) == brief
    assert dict(audit_lines(found))["tokens"] == exact


def test_questions_are_no_fault_and_rows_that_train_nothing_are() -> None:
    asked, lost = (token_parts(TokenFacts(found))[0][0] for found in (done(0), done(0, masked=10)))
    assert asked == ("2,000 tokens: they are asked, and the answers to them trained", "")
    assert lost == ("✗ 2,000 tokens, none of them trained", "error")
