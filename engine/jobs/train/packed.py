"""Several rows in one sequence: which of them the forecast knows too (`engine.steps.packing`), here on disk and proved.

A row in a sequence is to train as it would by itself: its positions begin at 0, it sees no other row, and its first
token is not predicted from the row before it.
"""

from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ModelError
from engine.files import private
from engine.jobs.train.tokens import TokenisedRows
from engine.steps.packing import Bins, pack

_BINS_AT_ONCE = 256
_PROBE_TOKENS = 24


def pack_rows(rows: TokenisedRows, capacity: int) -> TokenisedRows:
    """Write sequences of up to `capacity` tokens in the place of their rows."""
    import pyarrow as pa

    bins = pack(rows.lengths, capacity)
    path = rows.path.with_name(f"{rows.path.stem}-packed.arrow")
    with pa.memory_map(str(rows.path)) as source:
        table = pa.ipc.open_stream(source).read_all()
        with open(path, "wb", opener=private) as file, pa.ipc.new_stream(file, _schema()) as writer:
            for begin in range(0, len(bins), _BINS_AT_ONCE):
                writer.write_batch(_sequences(table, bins, begin, min(begin + _BINS_AT_ONCE, len(bins)), rows.lengths))
    Path(rows.path).unlink()
    lengths = bins.tokens(rows.lengths, capacity).astype(np.int32)
    return TokenisedRows(path, rows.rows, rows.tokens, rows.trained_tokens, lengths)


def _sequences(table: Any, bins: Bins, begin: int, end: int, lengths: Any) -> Any:
    """Sequences `begin` to `end` (not included) as a record batch."""
    import pyarrow as pa

    bounds = bins.bounds[begin : end + 1]
    numbers = bins.rows[bounds[0] : bounds[-1]]
    taken = table.take(pa.array(numbers)).combine_chunks()
    per_row = lengths[numbers].astype(np.int64)
    tokens = np.concatenate([[0], np.cumsum(per_row)])[bounds - bounds[0]].astype(np.int32)
    in_rows = pa.array((bounds - bounds[0]).astype(np.int32))

    def joined(name: str) -> Any:
        return pa.ListArray.from_arrays(pa.array(tokens), _flat(taken.column(name)))

    columns = [
        joined("input_ids"), joined("labels"), pa.array(np.diff(tokens)),
        pa.array(np.asarray(_plain(taken.column("row")))[bounds[:-1] - bounds[0]].astype(np.int32)),
        pa.ListArray.from_arrays(in_rows, pa.array(per_row.astype(np.int32))),
        pa.ListArray.from_arrays(in_rows, _plain(taken.column("row"))),
    ]  # fmt: skip
    return pa.record_batch(columns, schema=_schema())


def _plain(column: Any) -> Any:
    import pyarrow as pa

    return pa.concat_arrays(column.chunks)


def _flat(column: Any) -> Any:
    return _plain(column).flatten()


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32())),
            ("length", pa.int32()), ("row", pa.int32()),
            ("row_lengths", pa.list_(pa.int32())), ("rows", pa.list_(pa.int32())),
        ]
    )  # fmt: skip


def positions(lengths: list[int]) -> list[int]:
    """Each row's positions from 0, one row after the other."""
    return [place for length in lengths for place in range(length)]


def prove_rows_apart(model: Any, batch: Any) -> None:
    """Raise ModelError where a row in a sequence sees the one before it.

    Two rows in one sequence; the first one's tokens are changed, and the second one's loss has to stay what it is.
    `batch`: makes the trainer's own batch of packed rows, so that what is proved is what is trained.
    """
    import torch

    size = int(model.config.get_text_config(decoder=True).vocab_size)
    chosen = np.random.default_rng(0).integers(0, size, (3, _PROBE_TOKENS)).tolist()
    first, other, second = chosen
    try:
        with torch.no_grad():
            losses = [float(_loss(model, batch([one, second]))) for one in (first, other)]
    except TypeError as error:
        raise _refusal("its model takes no positions of rows") from error
    if losses[0] != losses[0] or abs(losses[0] - losses[1]) > 1e-5 * abs(losses[0]):
        raise _refusal("rows of this model would see each other")


def _loss(model: Any, batch: dict[str, Any]) -> Any:
    import torch

    labels = batch["labels"].clone()
    labels[:, : _PROBE_TOKENS + 1] = -100
    batch = {name: value.to(model.device) for name, value in (batch | {"labels": labels}).items()}
    training = model.training
    model.train()  # kernels differ between training and evaluation
    torch.manual_seed(0)
    try:
        return model(**batch, use_cache=False).loss
    finally:
        model.train(training)


def _refusal(why: str) -> ModelError:
    return ModelError(f"training.packing: {why}: set it to false, or hardware.backend to hf")
