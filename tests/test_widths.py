"""The small networks of `make widths`: the files say what was trained, and it can be done again."""

import json
import pathlib

import pytest
from PIL import Image

from nstlib import FeatureExtractor
from nstlib.training.distill import build_student
from nstlib.training.teachers import TARGETS

ROOT = pathlib.Path(__file__).resolve().parents[1]

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(ROOT / "benchmarks")
    import widths


@pytest.fixture(scope="module")
def committed():
    return json.loads((ROOT / "data" / "small_networks.json").read_text(encoding="utf-8"))


def test_the_files_were_made_by_this_plan(committed):
    plan = json.loads(json.dumps(widths.Plan()._asdict()))
    assert plan.items() <= committed["plan"].items()
    assert [row["widths"] for row in committed["networks"]] == plan["widths"]
    with Image.open(ROOT / "data" / "small_networks.jpg") as sheet:
        columns, (width, height) = len(plan["widths"]) + 1, widths.TILE
        assert sheet.size == (columns * width, 4 * height)


def test_each_network_is_described(committed):
    for row in [*committed["networks"], {"trained": committed["teacher"]}]:
        for kind in {*widths.KINDS} & {*row}:
            assert list(row[kind]["r2"]) == list(TARGETS)
            assert all(0 < value <= 1 for value in row[kind]["r2"].values())
            assert all(0 < value < 1 for value in row[kind]["gram"].values())
    for row in committed["networks"]:
        folded = build_student(row["widths"]).count_params()
        # Of each normalisation four numbers a channel, of which a bias is left.
        channels = sum(w * d for w, d in zip(row["widths"], (2, 2, 4, 4, 1), strict=True))
        assert row["parameters"] == folded - 3 * channels


@pytest.mark.slow
def test_training_writes_both_files(tmp_path):
    plan = widths.QUICK._replace(widths=((2, 2, 3, 3, 4),))
    assert widths.train(plan.widths[0], FeatureExtractor(TARGETS), tmp_path, plan) >= 0
    for name in widths.names(plan.widths[0]).values():
        extractor = FeatureExtractor("block5_conv1", weights=tmp_path / f"{name}.npz")
        assert extractor.model.output["block5_conv1"].shape[-1] == 4
