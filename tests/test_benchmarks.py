"""The benchmark: that the peers minimize what nstlib minimizes, and that it runs to its end."""

import doctest
import importlib
import pathlib
import sys

import numpy as np
import pytest

BENCHMARKS = pathlib.Path(__file__).parent.parent / "benchmarks"
PAIR = ("coffee", "hokusai_ejiri")


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture(autouse=True)
def one_thread_of_torch():
    """Its threads wait for each other by spinning: on a busy machine that takes for ever."""
    try:
        import torch
    except ImportError:
        yield
    else:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


@pytest.mark.parametrize("network", ["vgg19-lite", "vgg19-random"])
@pytest.mark.parametrize("peer", ["tutorial", "keras", "keras alone", "torch"])
def test_a_peer_has_our_loss_and_gradient(network, peer):
    if peer == "torch":
        pytest.importorskip("torch")
    from contenders import contender
    from ours import make_problem

    problem = make_problem(network, PAIR, (32, 48))
    settings = {"together": False} if peer == "keras alone" else {}
    image = np.random.default_rng(0).random(problem.content.shape, np.float32)
    loss, gradient = contender("ours float32 max", problem).evaluate(image)
    other_loss, other_gradient = contender(peer.split()[0], problem, **settings).evaluate(image)
    assert other_loss == pytest.approx(loss, rel=1e-4)
    assert np.linalg.norm(other_gradient - gradient) <= 1e-4 * np.linalg.norm(gradient)


def test_the_weights_are_the_defaults():
    import problem

    from nstlib.conventions import CONVENTIONS

    relative = CONVENTIONS["relative"]
    ours = problem.CONTENT_WEIGHT, problem.STYLE_WEIGHT, problem.TV_WEIGHT
    assert ours == (relative.content_weight, relative.style_weight, relative.tv_weight)
    assert problem.STYLE_LAYERS == relative.style_layers
    assert (problem.CONTENT_LAYER,) == relative.content_layers


def test_a_saved_problem_is_the_same(tmp_path):
    from ours import make_problem
    from problem import load_problem

    problem = make_problem("vgg19-lite", PAIR, (32, 48))
    problem.save(tmp_path / "problem.npz")
    again = load_problem(tmp_path / "problem.npz")
    assert again.network == problem.network and list(again.weights) == list(problem.weights)
    assert again.operations() == problem.operations()
    np.testing.assert_array_equal(again.style, problem.style)
    for name, parts in problem.weights.items():
        for part, other in zip(parts, again.weights[name], strict=True):
            np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([5, 4, 3, 2, 1], [5, 4, 3]),  # the mark
        ([9, 8, 7, 6, 5], [9, 8, 7, 6]),  # the cap
        ([9, np.inf, 1], [9, np.inf]),
    ],
)
def test_a_trajectory_ends(losses, expected):
    from tuning import trajectory

    class Fake:
        def run(self, enough):
            for loss in losses:  # goes on after `enough`, as torch.optim.LBFGS does
                enough(loss)

    assert trajectory(Fake(), cap=4, mark=3) == expected


@pytest.mark.parametrize("name", ["measure", "tuning"])
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.slow
def test_quick_runs_to_its_end_and_goes_on_where_it_was(tmp_path, capsys):
    import bench

    output = tmp_path / "RESULTS.md"
    command = ["--quick", "--output", str(output), "--cache", str(tmp_path / "cache")]
    bench.main(command)
    text = output.read_text(encoding="utf-8")
    for words in ("asked", "TensorFlow tutorial", "Keras example", "vgg19-random", "GFLOP/s"):
        assert words in text
    assert str(pathlib.Path.home()) not in text and sys.prefix not in text

    capsys.readouterr()
    bench.main(command)
    assert output.read_text(encoding="utf-8") == text
    printed = capsys.readouterr().out
    assert "kept from before" in printed and " ...\n" not in printed


def test_the_cache_forgets_a_kind(tmp_path):
    from cache import Cache

    cache = Cache(tmp_path)
    for kind in ("timing a", "trajectory a"):
        assert cache.piece(kind, {"size": 1}, lambda: "first") == "first"
        assert cache.piece(kind, {"size": 1}, lambda: "again") == "first"
        assert cache.piece(kind, {"size": 2}, lambda: "other") == "other"
    cache.forget("timing")
    assert cache.piece("timing a", {"size": 1}, lambda: "again") == "again"
    assert cache.piece("trajectory a", {"size": 1}, lambda: "again") == "first"


# ---- what a piece depends on ---------------------------------------------------------------------


@pytest.fixture
def library(tmp_path):
    """A benchmark that imports a function by way of a package, which has another module besides."""
    package = tmp_path / "library"
    package.mkdir()
    for path, code in {
        tmp_path / "race.py": "import numpy\nfrom library import paint\n",
        package
        / "__init__.py": "from library.easel import paint\nfrom library.frame import hang\n",
        package / "easel.py": "def paint():\n    from library import brush\n    brush.dip()\n",
        package / "brush.py": "import math\n\ndef dip(): ...\n",
        package / "frame.py": "def hang(): ...\n",
    }.items():
        path.write_text(code)
    return tmp_path


def test_what_is_imported_is_followed_to_where_it_is(library):
    from imports import reached

    found = {path.name for path in reached(library / "race.py", [library])}
    assert found == {"race.py", "easel.py", "brush.py"}


def test_the_fingerprint_is_that_of_all_that_is_imported(library, monkeypatch):
    import cache
    from imports import reached

    monkeypatch.setattr(cache, "HERE", library)
    monkeypatch.setattr(cache, "reached", lambda path: reached(path, [library]))

    before = cache.code_of("race")
    brush = library / "library" / "brush.py"
    brush.write_text(f"# a comment\n{brush.read_text()}")
    (library / "library" / "frame.py").write_text("def hang(): return 1\n")
    assert cache.code_of("race") == before
    brush.write_text("def dip(): return 1\n")
    changed = cache.code_of("race")
    assert changed != before
    brush.rename(brush.with_name("broom.py"))
    (library / "library" / "easel.py").write_text("from library import broom as brush\n")
    assert cache.code_of("race") not in (before, changed)


def test_the_fingerprint_of_ours_has_the_library_and_a_missing_module_is_an_error():
    from cache import HERE, code_of
    from imports import reached

    names = {path.relative_to(HERE.parent).as_posix() for path in reached(HERE / "ours.py")}
    assert names >= {"nstlib/objective.py", "nstlib/losses.py", "nstlib/lbfgs.py"}
    assert not names & {"nstlib/cli.py", "nstlib/images/saving.py"}
    assert code_of("ours") != code_of("tuning")
    with pytest.raises(FileNotFoundError):
        code_of("tuning", "line_search_that_was_renamed")


def test_the_multiplications_are_those_of_the_model_card():
    card = (BENCHMARKS.parent / "data" / "weights" / "README.md").read_text()
    of = importlib.import_module("network_quality").multiplications
    assert f"1/{of('vgg19') / of('vgg19-lite'):.1f} of VGG-19's multiplications" in card
