"""What `ttune data show --json` prints."""

from typing import TYPE_CHECKING, Any

from tui.cli.data_views import grouped, shown

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.data.example import Conversation, Example


def document(dataset: "Dataset", first: int, count: int, method: str = "sft") -> dict[str, Any]:
    """The source, how its rows are laid out, what cannot be used, the split, the fields, and `count` rows.

    `method`: what the rows are to be trained with.
    """
    from engine.data.conversations import fields

    source, layout, split = dataset.source, dataset.layout, dataset.split
    return {
        "source": str(source.path),
        "rows": source.count,
        "format": layout.format,
        "kind": layout.kind,
        "guessed": layout.guessed,
        "mapping": layout.mapping.model_dump() if layout.format == "mapping" else None,
        "fits": layout.fits,
        "shares": dict(layout.shares),
        "mixed": [{"format": name, "rows": rows} for name, rows in layout.parts],
        "untrained": layout.untrained_by(method) or None,
        "bad_rows": [
            {"line": bad.line, "offset": bad.offset, "reason": bad.reason} | ({"file": bad.file} if bad.file else {})
            for bad in source.bad
        ],
        "unfit_reasons": [{"reason": reason, "rows": len(rows)} for reason, rows in grouped(dataset.unfit)],
        "unfit_rows": [{"row": unfit.line, "reason": unfit.reason} for unfit in dataset.unfit],
        "split": {"train": len(split.train), "validation": len(split.validation), "held_out": len(dataset.held_out)},
        "held_out_path": str(dataset.held_out_path) if dataset.held_out_path else None,
        "fields": [
            {"field": it.path, "kind": it.kind, "kinds": it.kinds, "share": it.share, "example": it.example}
            for it in fields(dataset.records)
        ],
        "shown": [{"row": row} | _example(example) for row, example in shown(dataset, first, count)],
    }


def _example(example: "Example") -> dict[str, Any]:
    """A row as training takes it; what its kind does not have is left out."""
    told: dict[str, Any] = {"kind": example.kind, "messages": _turns(example.conversation)}
    if example.rejected:
        told["rejected"] = _turns(example.rejected)
    if example.label is not None:
        told["label"] = example.label
    if example.solution:
        told["solution"] = example.solution
    if example.segments:
        told["segments"] = [{"label": segment.trained, "text": segment.text} for segment in example.segments]
    return told


def _turns(turns: "Conversation") -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]
