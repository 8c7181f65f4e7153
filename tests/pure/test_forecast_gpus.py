"""GPUs by their names."""

import pytest

from engine.forecast import forecast
from engine.forecast.gpus import GIB, kind_of, memory_of
from tests.pure.foreseeing import recipe, situation


@pytest.mark.parametrize(
    ("name", "memory_gb", "tflops"),
    [
        ("NVIDIA H100 80GB HBM3", 80, 989), ("NVIDIA A100-SXM4-40GB", 40, 312), ("NVIDIA A100 80GB PCIe", 80, 312),
        ("NVIDIA GeForce RTX 4090", 24, 165), ("NVIDIA A10G", 24, 70), ("Tesla T4", 16, 65), ("NVIDIA L4", 24, 121),
        ("NVIDIA L40S", 48, 362),
        ("RTX 4060 Ti", 8, 44), ("NVIDIA RTX A5500", 24, 136), ("RTX 5060", 8, 38),
        ("NVIDIA H200", 141, 989), ("h100", 80, 989),
    ],
)  # fmt: skip
def test_gpus_are_known_by_their_names(name: str, memory_gb: int, tflops: int) -> None:
    kind, memory = kind_of(name), memory_of(name)
    assert kind is not None
    assert memory is not None
    assert (kind.memory_gb, kind.tflops) == (memory_gb, tflops)
    assert 0.97 * memory_gb * GIB < memory <= memory_gb * GIB


@pytest.mark.parametrize("name", ["RTX A1000", "RTX 4090 Laptop", "T400", "RTX 4050", "GeForce RTX 3080 Max-Q"])
def test_a_name_that_only_begins_like_a_known_one_is_not_known(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize(("name", "guess"), [("H1OO", "did you mean H100? Else "), ("foo", "")])
def test_a_gpu_that_is_not_in_the_table_is_no_cpu(name: str, guess: str) -> None:
    found = forecast(recipe(hardware__gpu=name), situation())
    assert (found.verdict, found.vram_bytes, found.seconds, found.cost) == ("unknown", None, None, None)
    assert found.reason == (
        f"hardware.gpu: {name} is not in the table: {guess}name its memory too, such as `{name} 24GB`"
    )
    assert forecast(recipe(hardware__gpu=f"{name} 24GB"), situation()).gpu_total_bytes == memory_of("RTX 4090")


def test_a_gpu_of_no_known_name() -> None:
    assert kind_of("NVIDIA Mystery") is None
    assert memory_of("Mystery") is None
    assert memory_of("Mystery 48GB") is not None
