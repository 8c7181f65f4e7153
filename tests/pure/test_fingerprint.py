"""An adapter knows its base: another model under the same name is refused, not answered with."""

from pathlib import Path

import pytest

from engine.errors import ModelError
from engine.jobs.fingerprint import check_base, fingerprint, note_base


def model(folder: Path, weights: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_a_changed_base_is_refused_and_the_same_one_is_not(tmp_path: Path) -> None:
    base, adapter = model(tmp_path / "base", b"a" * 5_000_000), model(tmp_path / "adapter", b"")
    note_base(adapter, str(base))
    check_base(adapter, str(base))
    model(base, b"a" * 4_999_999 + b"b")
    with pytest.raises(ModelError, match="has changed since"):
        check_base(adapter, str(base))


def test_a_copy_elsewhere_is_the_same_base(tmp_path: Path) -> None:
    assert fingerprint(str(model(tmp_path / "a", b"w"))) == fingerprint(str(model(tmp_path / "b", b"w")))


def test_what_cannot_be_compared_is_let_through(tmp_path: Path) -> None:
    base, adapter = model(tmp_path / "base", b"w"), model(tmp_path / "adapter", b"")
    check_base(adapter, str(base))  # an adapter from elsewhere has no note
    note_base(adapter, "owner/name")
    check_base(adapter, "owner/name")
    (adapter / "ttune.json").write_text("{")
    check_base(adapter, str(base))
