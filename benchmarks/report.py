"""The benchmark's results as a page of Markdown, and whether what was asked for was met."""

from __future__ import annotations

import math
import statistics

from contenders import LABELS

# What was asked for, each as the most it may be.
ASKED = {
    "on the way": 1 / 8,
    "evaluation / tutorial": 0.55,
    "evaluation / torch": 0.45,
    "slider": 0.4,
    "overhead": 0.20,
    "step / Adam": 1.1,
    "pixels": 0.15,
}
ASKED_AFTER = (100, 200, 300)  # steps of the tutorial's loop

METHOD = """\
All contenders minimize the same loss, that of the convention `relative`, of the same pictures with
the same network and the same weights, from the same start, the content; that their losses and
gradients are equal is tested. Each peer keeps its published idiom and loop: TensorFlow's tutorial
with Adam, a wholly compiled step and a clip after it; Keras's example with SGD, whose rate falls by
4 % every 100 steps, and with content, style and picture passing through the network together at
every step, which makes it three times as costly; PyTorch's tutorial with L-BFGS and a clamp in the
closure, with channels last.

1. **Counts.** The mark is the lowest loss of the tutorial's {steps} steps. Counted are the
   evaluations of loss and gradient until a contender is there. They do not depend on how busy the
   machine is. Losses of nstlib in bfloat16 are judged in float32. Keras's trajectory is computed
   without content and style, which changes no number.
2. **Seconds.** A step is an evaluation with the optimizer's update. The contenders take turns in
   {rounds} rounds, after one to warm up; the table has the median and the range. Seconds to the
   mark are evaluations times the median step.

Published settings belong to the scale of a published loss. So each peer also tried a small grid,
on a pair that is not compared, and runs with whatever came out lowest. There n is the number
of pixel values; a gradient's entries are about 1/n, and rates and epsilons go along.
"""


def write(results: dict) -> str:
    networks = results["networks"]
    plan = results["plan"]
    parts = [
        "# Benchmark: nstlib against three well-known loops",
        "Made by `make bench`.",
        "## Asked and measured",
        _verdicts(results),
        "## Method",
        METHOD.format(steps=plan["tutorial_steps"], rounds=plan["rounds"]).strip(),
        _caps(plan),
        "## Machine",
        _table(("", ""), results["machine"].items()),
        _speed(results["speed"]),
        "## Settings of the peers",
        _tuned(networks, plan),
    ]
    for network, found in networks.items():
        height, width = plan["shapes"][network]
        parts += [
            f"## {network} at {width}x{height}",
            f"What counts as ours here: {LABELS[found['ours']]}.",
            "### To the mark",
            _marks(found),
            "### On the way there",
            _on_the_way(found),
            "### A step",
            _steps(found, results["speed"]),
        ]
    parts += ["## Single figures (vgg19-lite)", _single(results)]
    return "\n\n".join(parts) + "\n"


# ---- asked and measured --------------------------------------------------------------------------


def _verdicts(results):
    rows = []

    def row(what, asked, measured, met):
        rows.append((what, asked, measured, "yes" if met else "**no**"))

    for network, found in results["networks"].items():
        worst = [
            max(_share_of_seconds(found, pair, steps) for pair in found["pairs"])
            for steps in ASKED_AFTER
        ]
        row(
            f"{network}: seconds to the loss of the tutorial's {_listed(ASKED_AFTER)} steps, "
            "ours over the tutorial's, the worst pair",
            f"at most 1/{1 / ASKED['on the way']:.0f}",
            ", ".join(
                f"1/{1 / share:.1f}" if share < math.inf else "not reached" for share in worst
            ),
            max(worst) <= ASKED["on the way"],
        )
        reached = [
            _evaluations_to_the_mark(trajectories, found["ours"]) is not None
            for trajectories in found["pairs"].values()
        ]
        steps = results["plan"]["tutorial_steps"]
        what = f"{network}: the lowest loss of the tutorial's {steps} steps"
        row(what, "reached", f"on {sum(reached)} of {len(reached)} pairs", all(reached))

    found = results["networks"]["vgg19-random"]
    for peer, whose in (("tutorial", "the tutorial's"), ("torch", "PyTorch's")):
        asked = ASKED[f"evaluation / {peer}"]
        what = f"VGG-19: an evaluation, ours over {whose}"
        if peer not in found["timings"]:
            row(what, f"at most {asked}", "not installed", False)
            continue
        bare = {
            name: statistics.median(timing["bare"]) for name, timing in found["timings"].items()
        }
        ratio = bare[found["ours"]] / bare[peer]
        row(what, f"at most {asked}", f"{ratio:.2f}", ratio <= asked)

    size, evaluations = results["plan"]["slider"]
    slider = statistics.median(results["slider"])
    what = f"vgg19-lite: {evaluations} evaluations at {size} px"
    row(what, f"at most {ASKED['slider']} s", f"{slider:.2f} s", slider <= ASKED["slider"])
    worst = max(_overheads(results).values())
    what = "vgg19-lite: what L-BFGS adds to an evaluation"
    row(what, f"at most {ASKED['overhead']:.0%}", f"{worst:.0%}", worst <= ASKED["overhead"])
    size, ratio = results["plan"]["adam_size"], _step_over_adam(results)
    what = f"vgg19-lite at {size} px: a step of L-BFGS over one of nstlib's Adam"
    row(what, f"at most {ASKED['step / Adam']}", f"{ratio:.2f}", ratio <= ASKED["step / Adam"])
    spread = _pixel_spread(results)
    what = "vgg19-lite: seconds per pixel, dearest size over cheapest"
    row(what, f"within {ASKED['pixels']:.0%}", f"{spread:.0%}", spread <= ASKED["pixels"])
    return _table(("", "asked", "measured", "met"), rows)


def _share_of_seconds(found, pair, steps):
    """Of the seconds of the tutorial's steps, what share ours takes to be where they end."""
    evaluations = _evaluations_until(found, pair, steps)
    ours, theirs = (
        statistics.median(found["timings"][name]["step"]) for name in (found["ours"], "tutorial")
    )
    return math.inf if evaluations is None else evaluations * ours / (steps * theirs)


def _evaluations_until(found, pair, steps):
    """After how many of its evaluations ours has what the tutorial's loop has after its steps."""
    trajectories = found["pairs"][pair]
    mark = min(trajectories["tutorial"]["losses"][:steps])
    losses = trajectories[found["ours"]]["losses"]
    return next((count for count, loss in enumerate(losses, 1) if loss <= mark), None)


def _seconds_to_the_mark(found, trajectories, name):
    count = _evaluations_to_the_mark(trajectories, name)
    step = statistics.median(found["timings"][name]["step"])
    return None if count is None else count * step


def _evaluations_to_the_mark(trajectories, name):
    mark = min(trajectories["tutorial"]["losses"])
    losses = trajectories[name]["losses"]
    return next((count for count, loss in enumerate(losses, 1) if loss <= mark), None)


def _overheads(results):
    return {
        size: statistics.median(seconds["step"]) / statistics.median(seconds["bare"]) - 1
        for size, seconds in results["overhead"].items()
    }


def _step_over_adam(results):
    ours, adam = (statistics.median(results["adam"][name]) for name in ("lbfgs", "adam"))
    return ours / adam


def _per_pixel(results):
    """Nanoseconds of a bare evaluation per pixel, by size."""
    return {
        size: 1e9 * statistics.median(seconds) / int(size) ** 2
        for size, seconds in results["pixels"].items()
    }


def _pixel_spread(results):
    costs = _per_pixel(results).values()
    return max(costs) / min(costs) - 1


def _listed(numbers):
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"


# ---- tables --------------------------------------------------------------------------------------


def _caps(plan):
    texts = []
    for column, network in enumerate(plan["shapes"]):
        numbers = ", ".join(f"{name} {caps[column]}" for name, caps in plan["caps"].items())
        texts.append(f"{network}: {numbers}")
    return "To keep it short, trajectories end after so many evaluations: " + "; ".join(texts) + "."


def _speed(speed):
    numbers = ", ".join(
        f"{precision} {statistics.median(rounds):.0f} GFLOP/s"
        for precision, rounds in speed.items()
    )
    return f"Products of large square matrices in TensorFlow: {numbers}."


def _tuned(networks, plan):
    rows = []
    for network, found in networks.items():
        height, width = plan["tuning_shapes"][network]
        where = f"{network}, {width}x{height}, {plan['tuning_steps'][network]} steps"
        for name, ranking in found["rankings"].items():
            published = next(loss for settings, loss in ranking if not settings)
            best, loss = ranking[0]
            used = {_settings(pair[name]["settings"]) for pair in found["pairs"].values()}
            used = "; ".join(sorted(used))
            rows.append(
                (where, LABELS[name], f"{published:.4g}", f"{loss:.4g}", _settings(best), used)
            )
    head = ("tuned on", "peer", "loss, published", "loss, best", "best settings", "compared with")
    return _table(head, rows)


def _settings(settings):
    words = {"learning_rate": "rate {}", "learning_rate_n": "rate {} n", "line_search": "{}"}
    words |= {"epsilon_n": "epsilon {}/n", "scale_n": "loss times n"}
    return ", ".join(words[name].format(it) for name, it in settings.items()) or "published"


def _marks(found):
    rows = []
    for pair, trajectories in found["pairs"].items():
        mark = min(trajectories["tutorial"]["losses"])
        tutorial = _seconds_to_the_mark(found, trajectories, "tutorial")
        for name, trajectory in trajectories.items():
            count = _evaluations_to_the_mark(trajectories, name)
            lowest = f"{min(trajectory['losses']) / mark:.3f}"
            if count is None:
                reached = f"not reached in {len(trajectory['losses'])}", "", ""
            else:
                seconds = _seconds_to_the_mark(found, trajectories, name)
                reached = str(count), f"{seconds:.3g}", f"{tutorial / seconds:.1f}"
            rows.append((pair.replace("_", " "), LABELS[name], *reached, lowest))
    head = ("pair", "", "evaluations", "seconds", "times as fast", "lowest loss / mark")
    return _table(head, rows)


def _on_the_way(found, marks=(50, 100, 200, 300, 500, 700, 1000)):
    """When ours had what the tutorial's loop had after so many steps."""
    rows = []
    for pair in found["pairs"]:
        cells = []
        for steps in marks:
            count = _evaluations_until(found, pair, steps)
            faster = 1 / _share_of_seconds(found, pair, steps)
            cells.append(
                "not reached" if count is None else f"{count} ({faster:.1f} times as fast)"
            )
        rows.append((pair.replace("_", " "), *cells))
    return _table(("ours has what the tutorial has after", *map(str, marks)), rows)


def _steps(found, speed):
    rows = []
    for name, timing in found["timings"].items():
        bare = statistics.median(timing["bare"])
        precision = "bfloat16" if "bfloat16" in name else "float32"
        flops = found["operations"] / bare / 1e9
        share = flops / statistics.median(speed[precision])
        memory = found["memory"].get(name)
        rows.append(
            (
                LABELS[name],
                _median_and_range(timing["step"]),
                _median_and_range(timing["bare"]),
                f"{flops:.0f}",
                f"{share:.0%} of {precision}",
                "" if memory is None else f"{memory:.0f}",
            )
        )
    head = ("", "step, ms", "loss and gradient, ms", "GFLOP/s", "of matrix product", "peak MB")
    note = (
        f"A loss with its gradient takes {found['operations'] / 1e9:.3g} GFLOP of convolutions. "
        "Peak memory is that of a whole process, with its libraries, in 4 steps. "
        f"Before these timings other programs used {found['busy']:.0%} of the processor. "
    )
    if "torch" in found["timings"]:
        note += (
            "PyTorch's history of 100 steps fills up only in the course of the rounds; its threads "
            "wait for each other, so it suffers most from other programs."
        )
    return _table(head, rows) + "\n\n" + note.strip()


def _single(results):
    size, evaluations = results["plan"]["slider"]
    rows = [
        (
            f"{evaluations} evaluations of L-BFGS at {size} px, all compiled",
            _median_and_range(results["slider"]) + " ms",
        )
    ]
    for size, overhead in _overheads(results).items():
        rows.append((f"what L-BFGS adds to an evaluation at {size} px", f"{overhead:.1%}"))
    size = results["plan"]["adam_size"]
    for name, label in (("lbfgs", "L-BFGS"), ("adam", "nstlib's Adam")):
        seconds = _median_and_range(results["adam"][name])
        rows.append((f"a step of {label} at {size} px", f"{seconds} ms"))
    for size, cost in _per_pixel(results).items():
        rows.append((f"an evaluation at {size}x{size}, per pixel", f"{cost:.0f} ns"))
    rows.append(("dearest size over cheapest, per pixel", f"{_pixel_spread(results):.1%} more"))
    return _table(("", ""), rows)


def _median_and_range(seconds):
    median, low, high = (1000 * pick(seconds) for pick in (statistics.median, min, max))
    return f"{median:.4g} ({low:.4g} to {high:.4g})"


def _table(head, rows):
    rows = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
