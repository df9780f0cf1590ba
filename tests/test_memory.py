"""The estimate of memory against real peaks, and the refusal of what would not fit."""

import ctypes
import functools
import gc
import json
import math
import pathlib
import re
import subprocess
import sys
import weakref

import numpy as np
import pytest

from nstlib import stylize
from nstlib.conventions import DEFAULT
from nstlib.engine import available, memory
from nstlib.engine.available import available_memory, container_room
from nstlib.engine.memory import (
    affordable_precision,
    estimate_memory,
    largest_size,
    optimizer_bytes,
    release_memory,
)
from nstlib.engine.settings import Settings

# Run in a process of its own. Only the kernel knows the peak of all that is allocated: it is reset
# before the run, so that importing TensorFlow does not count.
MEASURE = """
import json, pathlib, sys
import numpy as np
from nstlib import stylize

def status(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

settings, regions = json.loads(sys.argv[1]), int(sys.argv[2])
side = settings["size"]
content, *styles = np.random.default_rng(0).random((1 + (regions or 1), side, side, 3), "float32")
stripes = np.arange(side) * max(regions, 1) // side  # one for each region
masks = [np.tile(stripes == region, (side, 1)) for region in range(regions)] or None
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
stylize(content, styles, masks=masks, **settings, progress=False)
print(status("VmHWM") - before)
"""
GIGABYTE = 1_000_000_000
# With one of these TensorFlow takes oneDNN. Without it peaks are up to 1.5 times as high.
ONEDNN = {"avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile"}
CPUINFO = pathlib.Path("/proc/cpuinfo")
has_onednn = CPUINFO.exists() and bool(ONEDNN & set(CPUINFO.read_text().split()))
slow = functools.partial(pytest.param, marks=pytest.mark.slow)


@pytest.mark.skipif(sys.platform != "linux", reason="measures with Linux's /proc")
@pytest.mark.skipif(not has_onednn, reason="fitted to TensorFlow with oneDNN")
@pytest.mark.parametrize(
    "network, size, precision, regions, convention",
    [
        ("vgg19-lite", 384, "float32", 0, DEFAULT),
        slow("vgg19-lite", 512, "float32", 0, DEFAULT),
        ("vgg19-lite", 512, "float32", 4, DEFAULT),
        ("vgg19-lite", 512, "mixed_bfloat16", 0, DEFAULT),
        slow("vgg19-lite", 512, "auto", 0, DEFAULT),
        slow("vgg19-lite", 512, "float32", 0, "sliced-wasserstein"),
        ("vgg19-random", 192, "float32", 0, DEFAULT),
    ],
)
def test_the_estimate_is_within_a_quarter_of_the_measured_peak(
    network, size, precision, regions, convention
):
    memory = 4
    run = {"network": network, "precision": precision, "optimizer_settings": {"memory": memory}}
    run["convention"] = convention
    arguments = json.dumps(run | {"size": size, "evaluations": memory + 4})
    command = [sys.executable, "-c", MEASURE, arguments, str(regions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "clear_refs" in done.stderr:
        pytest.skip("this kernel does not reset the peak")
    measured = int(done.stdout.splitlines()[-1])

    run |= {"masked": regions > 0, "style_shapes": [(size, size)] * (regions or 1)}
    assert estimate_memory(shape=(size, size), **run) == pytest.approx(measured, rel=0.25)


def test_the_estimate_grows_with_the_size():
    estimates = [estimate_memory("vgg19-lite", (side, 2 * side)) for side in range(16, 2048, 16)]
    assert estimates == sorted(set(estimates))


def test_what_makes_the_network_smaller_takes_less():
    whole = estimate_memory("vgg19", (512, 512))
    shallow = {"content_layers": "block2_conv2", "style_layers": ["block1_conv1"]}
    assert estimate_memory("vgg19", (512, 512), **shallow) < whole
    assert estimate_memory("vgg19", (512, 512), precision="mixed_bfloat16") < whole
    assert estimate_memory("vgg19", (512, 512), precision="auto") > whole
    assert estimate_memory("vgg19-lite", (512, 512)) < whole


def test_large_and_many_style_pictures_count():
    alone, large = (
        estimate_memory("vgg19", (256, 256), style_shapes=[shape])
        for shape in [(256, 256), (1024, 1024)]
    )
    assert large > 2 * alone
    two = estimate_memory("vgg19", (256, 256), style_shapes=[(256, 256)] * 2)
    assert two - alone == 4 * (64**2 + 128**2 + 256**2 + 512**2 + 512**2)  # five Gram matrices


def test_the_vectors_of_lbfgs_are_counted_exactly():
    shape, vector = (30, 40), 30 * 40 * 3 * 4
    few, many = (
        estimate_memory("vgg19-lite", shape, optimizer_settings={"memory": memory})
        for memory in (5, 20)
    )
    assert many - few == 2 * 15 * vector
    assert optimizer_bytes(shape, "adam") == optimizer_bytes(shape, "adam-tensorflow") == 6 * vector


# ---- refusing ------------------------------------------------------------------------------------

FLOAT32 = Settings(network="vgg19", precision="float32")


def refusal(monkeypatch, free, shape=(1365, 2048), settings=FLOAT32):
    monkeypatch.setattr(memory, "available_memory", lambda: free)
    monkeypatch.setattr(memory.tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(MemoryError) as refused:
        affordable_precision(shape, [shape], settings)
    return str(refused.value)


def test_a_run_that_would_not_fit_is_refused_with_the_largest_size_that_would(monkeypatch):
    sentence = refusal(monkeypatch, 2 * GIGABYTE)
    found = re.fullmatch(
        r"painting 2048x1365 with vgg19 needs about (\d+\.\d) GB and 2\.0 GB are free: "
        r"size=(\d+) would fit",
        sentence,
    )
    side = int(found[2])
    assert side % 16 == 0

    def shape(side):
        return math.ceil(1365 * side / 2048), side

    affordable_precision(shape(side), [shape(side)], FLOAT32)
    with pytest.raises(MemoryError):
        affordable_precision(shape(side + 16), [shape(side + 16)], FLOAT32)


def test_masks_take_memory_too(monkeypatch):
    shape, settings = (512, 512), {"precision": "float32", "masks": np.eye(512)}
    free = estimate_memory("vgg19-lite", shape, style_shapes=[shape] * 2)
    monkeypatch.setattr(memory, "available_memory", lambda: free)
    monkeypatch.setattr(memory.tf.config, "list_physical_devices", lambda kind: [])
    affordable_precision(shape, [shape] * 2, Settings(precision="float32"))
    with pytest.raises(MemoryError, match="size=4[0-9]+ would fit"):
        affordable_precision(shape, [shape] * 2, Settings(**settings))


def test_where_nothing_fits_it_says_what_else_to_do(monkeypatch):
    assert re.search(
        r"needs about \d+\.\d GB and 0\.10 GB are free: not even a small one would fit, so close "
        "other notebooks and programs$",
        refusal(monkeypatch, GIGABYTE // 10),
    )


def test_where_two_precisions_are_too_much_to_compare_it_is_float32(monkeypatch):
    auto = Settings(network="vgg19")
    needed = estimate_memory("vgg19", (512, 512))
    for free, precision in ((needed + GIGABYTE // 100, "float32"), (2 * needed, "auto")):
        monkeypatch.setattr(memory, "available_memory", lambda free=free: free)
        assert affordable_precision((512, 512), [(512, 512)], auto) == precision
    monkeypatch.setattr(memory, "available_memory", lambda: needed - GIGABYTE // 10)
    with pytest.raises(MemoryError, match="would fit"):
        affordable_precision((512, 512), [(512, 512)], auto)


def test_with_a_gpu_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 0)
    monkeypatch.setattr(memory.tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    affordable_precision((1365, 2048), [(1365, 2048)], FLOAT32)


def test_the_largest_size_minds_the_style_pictures_too():
    free = 2 * GIGABYTE
    alone = largest_size("vgg19", (512, 2048), free, style_shapes=[(64, 64)])
    beside = largest_size("vgg19", (512, 2048), free, style_shapes=[(2048, 2048)])
    assert 64 <= beside < alone < 2048


def test_stylize_refuses_before_any_work(monkeypatch):
    def work(*args, **kwargs):
        raise AssertionError("work began")

    module = sys.modules[stylize.__module__]
    for name in ("FeatureExtractor", "choose_precision", "Run"):
        monkeypatch.setattr(module, name, work)
    monkeypatch.setattr(memory, "available_memory", lambda: 0)
    monkeypatch.setattr(memory.tf.config, "list_physical_devices", lambda kind: [])
    with pytest.raises(MemoryError, match="painting 48x32 with vgg19-lite needs about 0.0. GB"):
        stylize(np.zeros((32, 48, 3)), np.ones((32, 32, 3)), progress=False)


def test_the_size_it_proposes_is_accepted_by_stylize(monkeypatch):
    free = 150_000_000
    monkeypatch.setattr(memory, "available_memory", lambda: free)
    monkeypatch.setattr(memory.tf.config, "list_physical_devices", lambda kind: [])
    pictures = np.random.default_rng(0).random((2, 301, 512, 3))
    settings = {"evaluations": 1, "progress": False, "precision": "float32"}
    with pytest.raises(MemoryError) as refused:
        stylize(*pictures, size=512, **settings)
    side = int(re.search(r"size=(\d+)", str(refused.value))[1])
    assert stylize(*pictures, size=side, **settings).image.shape[2] == side


# ---- what is available ---------------------------------------------------------------------------


def group(folder, version, limit, used, cached):
    """A control group as the kernel shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    _, limit_file, used_file, cached_entry = available.GROUPS[version]
    (folder / limit_file).write_text(f"{limit}\n")
    (folder / used_file).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 7\n{cached_entry} {cached}\nactive_file 9\n")


def own(folder, text):
    path = folder / "own"
    path.write_text(text)
    return path


def test_a_container_of_version_2_leaves_its_limit_less_what_is_used(tmp_path):
    group(tmp_path, 2, 2000, 1500, 300)
    assert container_room(tmp_path, own(tmp_path, "0::/\n")) == 2000 - 1500 + 300


def test_a_container_of_version_1_too(tmp_path):
    lines = own(tmp_path, "9:name=systemd:/\n5:cpu,memory:/docker/a1b2\n0::/\n")
    group(tmp_path / "memory", 1, 2000, 1500, 300)  # inside, its own path is not to be seen
    assert container_room(tmp_path, lines) == 800
    group(tmp_path / "memory/docker/a1b2", 1, 1700, 1500, 300)
    assert container_room(tmp_path, lines) == 500


def test_a_limit_further_up_counts_as_well(tmp_path):
    lines = own(tmp_path, "0::/user.slice/alice:1.service\n")
    group(tmp_path / "user.slice/alice:1.service", 2, "max", 100, 0)
    assert container_room(tmp_path, lines) == math.inf
    group(tmp_path / "user.slice", 2, 1000, 400, 0)
    assert container_room(tmp_path, lines) == 600


def test_without_control_groups_there_is_no_limit(tmp_path):
    assert container_room(tmp_path, tmp_path / "missing") == math.inf
    assert container_room(tmp_path, own(tmp_path, "0::/\n")) == math.inf


def test_available_is_the_least_of_machine_and_container(monkeypatch):
    machine = available.psutil.virtual_memory().total
    assert 0 <= available_memory() <= machine
    monkeypatch.setattr(available, "container_room", lambda: 5)
    assert available_memory() == 5
    monkeypatch.setattr(available, "container_room", lambda: -5)  # over its limit by now
    assert available_memory() == 0


def test_a_large_run_releases_what_the_one_before_has_left(cat, wave, monkeypatch):
    module = sys.modules["nstlib.stylize"]
    monkeypatch.setattr(module, "SMALL_RUN", 0)
    alive = []

    class Noted(module.FeatureExtractor):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            alive.append(weakref.ref(self.model))

    monkeypatch.setattr(module, "FeatureExtractor", Noted)
    gc.disable()  # Python would find it at some time; this is about when
    try:
        for _ in range(2):
            stylize(cat, wave, size=32, evaluations=2, progress=False, precision="float32")
        assert alive[0]() is None
    finally:
        gc.enable()


def test_without_glibc_there_is_nothing_to_ask(monkeypatch):
    def no_library(name):
        raise OSError("there is no such library")

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    release_memory()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    release_memory()


def test_a_kernel_does_not_hold_what_few_lessons_need():
    """SciPy's optimisers take 30 MB once imported, XLA's compiler 50 MB once used."""
    code = (
        "import sys, nstlib.plots, nstlib.widgets; from nstlib import check; "
        "[getattr(check, exercise) for exercise in check.EXERCISES]; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "nstlib.optimizers" in done.stdout.split()
    assert "scipy.optimize" not in done.stdout.split()
    library = pathlib.Path(memory.__file__).parents[1]
    assert not [path.name for path in library.rglob("*.py") if "jit_compile" in path.read_text()]
