"""The fair comparison of Adam and L-BFGS whose data a lesson plots.

    python benchmarks/duel.py [--quick] [--fresh] [--output FILE.json] [--folder FOLDER]

Every contender gets the same objective, start, seed, bounds and unit of cost: an evaluation of
loss and gradient. Adam gets a grid of learning rates, so that it does not lose for want of
tuning. What the entries of the file mean is said in the file itself (see `ABOUT`).

Problems (a pair and a start) that are finished are kept in the folder, and a later call goes on
with the next one.

This module says what is compared; how they race is in `duel_race`, what is written in
`duel_report`, and what these two share in `duel_plan`.
"""

import argparse
import datetime
import itertools
import json
import os
import pathlib
import shutil

# On a busy machine, the threads of SciPy's many small products would wait for one another.
# This has to be said before any of the imports below brings NumPy along.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from duel_plan import Contender
from duel_race import run_problem
from duel_report import machine, print_table, report, to_text
from problem import CONTENT_WEIGHT, STYLE_WEIGHT, TV_WEIGHT

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAIRS = [
    ["chelsea", "hokusai_great_wave"],
    ["china", "van_gogh_houses_at_auvers"],
    ["coffee", "renoir_moulin_de_la_galette"],
]
FULL = {
    "size": 192,
    "evaluations": 400,
    "block": 10,
    "pairs": PAIRS,
    "starts": ["content", "noise"],
    "seed": 0,
    "weights": {
        "content_weight": CONTENT_WEIGHT,
        "style_weight": STYLE_WEIGHT,
        "tv_weight": TV_WEIGHT,
    },
}
QUICK = {**FULL, "size": 48, "evaluations": 8, "block": 2, "pairs": PAIRS[:1]}
RATES = (0.005, 0.01, 0.02, 0.05, 0.1)
TUTORIAL = {"learning_rate": 0.02, "beta_1": 0.99}
CONTENDERS = {
    **{f"Adam {rate}": Contender("adam", {"learning_rate": rate}) for rate in RATES},
    "Adam, tutorial": Contender("adam", {**TUTORIAL, "epsilon": 0.1}, 1 / 4),
    # The tutorial's own objective has a gradient of about 58 at its start (root mean square;
    # chelsea as the wave, 256 pixels, `vgg19-random`), and 0.1 is little beside that.
    "Adam, tutorial scaled": Contender("adam", TUTORIAL, 1 / 2, relative_epsilon=0.1 / 58),
    **{
        f"gradient descent {rate}": Contender("gradient-descent", {"learning_rate": rate}, 1 / 4)
        for rate in (10, 20, 40)
    },
    "L-BFGS 5": Contender("lbfgs", {"memory": 5}, 1 / 2),
    "L-BFGS 10": Contender("lbfgs", {"memory": 10}),
    "L-BFGS 20": Contender("lbfgs", {"memory": 20}, 1 / 2),
    "L-BFGS 10, restarted": Contender("restarted", {"memory": 10, "every": 20}, 1 / 2),
    "L-BFGS 10, metric": Contender("metric", {"memory": 10}),
    "L-BFGS 20, metric": Contender("metric", {"memory": 20}, 1 / 2),
    "SciPy 10": Contender("scipy", {"memory": 10}),
}
ADAMS = [name for name in CONTENDERS if name in {f"Adam {rate}" for rate in RATES}]
DESCENTS = [name for name in CONTENDERS if name.startswith("gradient descent")]

ABOUT = {
    "what": "Optimisers of style transfer, compared on one objective (nstlib's convention "
    "relative, with vgg19-lite in float32), from the same starts, with pixels kept in [0, 1]. "
    "Written by benchmarks/duel.py.",
    "machine": "what it ran on, and on which day; SciPy's linear algebra had one thread",
    "settings": "size: longer side in pixels, sides cropped to multiples of 16; evaluations: the "
    "full budget; block: after so many it is the next contender's turn, in an order that turns "
    "round each time, so that a slower machine is slower for all (what is compiled is compiled "
    "before); pairs: content and style; starts: the content, or noise around grey; seed: of the "
    "noise; weights: of the objective",
    "marks": "after how many evaluations of loss and gradient the runs are recorded",
    "reported": "the marks at which the judge looks, and those of the summary",
    "contenders": "by name: optimizer and options; relative_epsilon: Adam's epsilon over the root "
    "mean square of the gradient at the start; budget in evaluations, less than the full one "
    "where the course of things is clear by then: variants half, plain descent and the published "
    "tutorial a quarter; vectors: how many of the picture's size are kept beside picture and "
    "gradient in the busiest moment, counted from the code; number_bytes: of one number in them; "
    "memory_bytes: of them all, for the largest picture. 'Adam, tutorial' is TensorFlow's style "
    "transfer tutorial as published, whose epsilon is meant for another scale of the loss; "
    "'scaled' gives it the share of the gradient that it has there; 'restarted' forgets its "
    "memory every 20 evaluations; 'metric' are nstlib's L-BFGS as it paints, with its frequency "
    "metric, which the others do without",
    "runs": "loss: the lowest so far at the marks within the budget, 5 digits; seconds: the "
    "contender's own up to the marks, optimiser included; milliseconds: of an evaluation, median "
    "of the blocks; evaluations: how many were made, fewer than the budget if no step led lower; "
    "reached: the first that was as good as the last of best_adam on this pair and start, null "
    "if none was; style, content: the judgement at the reported marks; gradient: root mean square "
    "at the start; shape: height and width",
    "judge": "vgg19-random and the sliced Wasserstein distance: neither this network nor this "
    "measure was optimised. style: distance of the features to the style's over that of the "
    "photograph, geometric mean of four layers, 0 is perfect; content: correlation with the "
    "photograph's features at the deepest of them, 1 is perfect",
    "best_adam": "per start, the rate of the grid with the lowest median of final losses",
    "best_descent": "the same among the rates of plain gradient descent",
    "summary": "by start, contender and reported mark, the median, minimum and maximum over the "
    "pairs: of loss; of over_adam, the loss over best_adam's at the same mark; of style, content",
    "speed": "milliseconds an evaluation: median, minimum and maximum of the runs",
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny and meaningless, for the tests")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier call did")
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build" / "duel")
    options = parser.parse_args(arguments)
    settings = QUICK if options.quick else FULL
    folder = options.folder / ("quick" if options.quick else "full")
    usual = folder / "duel.json" if options.quick else ROOT / "data" / "optimizer_duel.json"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)

    # What another machine or other settings have found must not be mixed with this.
    conditions = {"machine": machine(), "settings": settings}
    conditions["contenders"] = {name: list(c) for name, c in CONTENDERS.items()}
    runs = []
    for pair, start in itertools.product(settings["pairs"], settings["starts"]):
        path = folder / f"{'-'.join([*pair, start])}.json"
        kept = json.loads(path.read_text()) if path.exists() else {}
        if kept.get("conditions") != conditions:
            print(f"racing: {pair[0]} as {pair[1]}, from the {start}", flush=True)
            records = run_problem(pair, start, settings, CONTENDERS)
            kept = {"conditions": conditions, "runs": records}
            path.with_suffix(".part").write_text(json.dumps(kept))
            path.with_suffix(".part").replace(path)
        runs += kept["runs"]
    found = {
        "about": ABOUT,
        "machine": {**conditions["machine"], "date": datetime.date.today().isoformat()},
        **report(runs, settings, CONTENDERS, ADAMS, DESCENTS),
    }
    (options.output or usual).write_text(to_text(found) + "\n", encoding="utf-8")
    print_table(found)


if __name__ == "__main__":
    main()
