"""Realism: what stands out is seen to, likeness is what it says, and the page is made."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import realism
from realism import Prompts, likeness, page, separability, speech


def _random(count: int, seed: int, shift: float = 0.0) -> Prompts:
    rng = np.random.default_rng(seed)
    sketch = rng.normal(size=(count, 16)).astype(np.float32)
    sketch[:, 0] += shift
    sketch /= np.linalg.norm(sketch, axis=1, keepdims=True)
    return Prompts(sketch, rng.integers(0, 40, count) + 100 * seed, pa.array(["a b"] * count))


def test_a_pool_of_its_own_stands_out_and_one_like_the_rest_does_not() -> None:
    rest = _random(2_000, 1)
    own = separability("own", _random(200, 2, shift=4.0), rest)
    like = separability("like", _random(200, 3), rest)
    assert own.auc > 0.9 > 0.65 > like.auc
    assert own.average_precision > 3 * like.average_precision


def test_likeness_is_the_mean_cosine_of_pairs() -> None:
    prompts = _random(60, 1)
    cosine = prompts.sketch @ prompts.sketch.T
    same = prompts.account[:, None] == prompts.account[None, :]
    _, strangers = likeness(prompts)
    assert strangers == pytest.approx(cosine[~same].mean(), abs=1e-5)


def test_own_likeness_counts_no_prompt_with_itself() -> None:
    one = Prompts(np.eye(12, 16, dtype=np.float32), np.zeros(12, np.int64), pa.array(["a"] * 12))
    assert likeness(one)[0] == pytest.approx(0.0)


def test_words_are_counted_as_they_grow() -> None:
    prompts = _random(1_200, 1)
    told = speech("x", prompts)
    assert told.distinct == (2, 2, 2)
    assert not told.is_whole


def test_numbers_and_words_of_quantity_are_counted_in_a_thousand_words() -> None:
    sketch = np.eye(4, 16, dtype=np.float32)
    text = pa.array(["Each costs 3 dollars", "nothing at all here", "x 5", "y z"])
    told = speech("x", Prompts(sketch, np.arange(4), text))
    assert (told.numbers, told.quantities) == pytest.approx((2_000 / 12, 3_000 / 12))


def test_the_page_names_presets_and_real_sources(
    prompts: Path, traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realism, "PRESETS", {"hydra": 0.1})
    monkeypatch.setattr(realism, "N_INNOCENTS", 300)
    monkeypatch.setattr(realism, "N_REST", 2_000)
    text = page(prompts, traces)
    assert "`hydra`, `seed_tasks = 0`" in text
    assert "Over the 7 real sources" in text
    assert "arena_hard_v01" in text
    assert "asks for thing" not in text
