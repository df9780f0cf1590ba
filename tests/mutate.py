"""Do the tests bite? Small mistakes are put into the library, and each has to make a test fail.

`python tests/mutate.py` makes the mutants of the modules in `TESTS`, each in a copy of the
repository, runs those tests on it, and prints which survive. What is killed is noted in
`build/mutants.json`, so an interrupted round goes on, and a later one tries only what is new and
what survived before other tests. A mutant that computes the same is listed in
`equivalent_mutants.toml` with the reason. Name modules to try these alone; `--share 0.2` tries a
fifth, always the same one; `--fresh` forgets what was noted.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTES = ROOT / "build" / "mutants.json"
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.toml"
SECONDS = 60  # the least that a mutant may take; otherwise three times what the original takes
BYTES = 24e9  # of address space, lest a mutant's picture fill the machine

# What is mutated, and which tests should notice, in files of `tests/`. A module's own doctests
# come first.
TESTS = {
    "nstlib/losses.py": ["losses", "objective", "control"],
    "nstlib/objective.py": ["objective", "conventions", "control"],
    "nstlib/lbfgs.py": ["line_search_behaviour", "two_loops", "optimizers"],
    "nstlib/optimizers.py": ["optimizers"],
    "nstlib/images/masks.py": ["image_masks", "control"],
    "nstlib/images/colors.py": ["image_colors", "control"],
}

# ---- mutants -------------------------------------------------------------------------------------

COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
FIRST = {"abs", "sign", "square", "sqrt", "round", "reversed", "clip", "clip_by_value"}
ONE_OF = {"min", "max", "minimum", "maximum"}
NOT_CODE = {"annotation", "returns", "decorator_list"}
# They change how fast it is, or say what is true anyway.
NO_BEHAVIOUR = {"autograph", "reduce_retracing", "strict"}


def variants(node: ast.AST, bound: set[str]):
    """What the node is replaced with: pairs of the node to replace and the new one.

    `bound` are the names that have a value already, so that an assignment may be left out.
    """
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                other = [*ops[:i], COMPARISONS[type(op)](), *ops[i + 1 :]]
                yield node, ast.Compare(left, other, comparators)
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield node, ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case ast.UnaryOp(_, operand):
            yield node, operand
        case ast.BoolOp(op, values):
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield node, rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.IfExp(_, body, orelse):
            yield node, body
            yield node, orelse
        case ast.If(test=test):
            yield test, ast.Constant(True)
            yield test, ast.Constant(False)
        case ast.Constant(bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(int(value)):
            yield node, ast.Constant(value + 1)
        case ast.Constant(float(value)):
            yield node, ast.Constant(0.0 if 0 < value < 1e-5 else 2 * value or 1.0)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
            kept = args if name in ONE_OF and len(args) > 1 else args[: name in FIRST]
            kept = args[1:] if name == "where" else kept
            if name == "clip" and len(args) == 2:  # a method: array.clip(0, 1)
                kept = [node.func.value]
            for argument in kept:
                yield node, argument
        case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break():
            yield node, ast.Pass()
        case ast.Assign([target]):
            names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            if names and names <= bound and not isinstance(target, ast.Attribute | ast.Subscript):
                yield node, ast.Pass()


def nodes(node: ast.AST, bound: set[str]):
    """The nodes that are code, from top to bottom, each with the names bound before it."""
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return  # sentences for people
    if isinstance(node, ast.keyword) and node.arg in NO_BEHAVIOUR:
        return
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        arguments = node.args
        bound = {a.arg for a in [*arguments.args, *arguments.kwonlyargs, *arguments.posonlyargs]}
    yield node, bound
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in NOT_CODE:
                yield from nodes(child, bound)
    if isinstance(node, ast.Assign):
        stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
        bound |= {part.id for part in stored if isinstance(part.ctx, ast.Store)}


def mutants(source: str):
    """All mutants of a module: the number of a line, what it says before and after, the whole."""
    starts = [0]  # of each line, in bytes, as `ast` counts them
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    text = source.encode()
    for node, bound in nodes(ast.parse(source), set()):
        for old, new in variants(node, bound):
            begin = starts[old.lineno - 1] + old.col_offset
            end = starts[old.end_lineno - 1] + old.end_col_offset
            words = ast.unparse(ast.fix_missing_locations(new))
            words = f"({words})" if isinstance(old, ast.expr) and " " in words else words
            mutant = (text[:begin] + words.encode() + text[end:]).decode()
            changes = list(difflib.unified_diff(source.split("\n"), mutant.split("\n"), n=0))[3:]
            before, after = (
                " ".join(" ".join(line[1:] for line in changes if line[0] == sign).split())
                for sign in "-+"
            )
            if before != after:
                yield old.lineno, before, after, mutant


# ---- the tests on one of them --------------------------------------------------------------------


def copy_of_the_repository(folder: pathlib.Path) -> pathlib.Path:
    """What the tests read; only `nstlib` may change, so the rest are links."""
    shutil.copytree(
        ROOT / "nstlib", folder / "nstlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in ROOT.iterdir():
        if path.name not in ("nstlib", "build", "dist") and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    return folder


def start(folder: pathlib.Path, module: str, first: list[str], seconds: float) -> int:
    """Begin with the module's tests, `first` first, in a process whose number is returned.

    It is forked from this one, which has imported TensorFlow and not used it yet, so it starts in
    no time. It ends with status 0 if all tests pass, and by itself when its time is over.
    """
    if child := os.fork():
        return child
    import resource  # here, as Windows has none

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(seconds))
    resource.setrlimit(resource.RLIMIT_AS, (int(BYTES), resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setpgid(0, 0)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    quick = hypothesis.settings(
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],  # no search for the simplest
    )
    hypothesis.settings.register_profile("mutants", quick)
    hypothesis.settings.load_profile("mutants")
    files = [module, *(f"tests/test_{name}.py" for name in TESTS[module])]
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *first, *files]))


def outcome(status: int) -> str:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return "killed: too slow"
    return "killed" if status else "survived"


def tried(module: str, todo: list, folders: list, seconds: float):
    """Run the tests on each mutant, as many at once as there are folders; yields what came out."""
    running, free, todo, killers = {}, list(folders), list(todo), []
    while todo or running:
        if todo and free:
            folder, mutant = free.pop(), todo.pop(0)
            (folder / module).write_text(mutant[-1])
            running[start(folder, module, killers, seconds)] = folder, mutant
            continue
        child, status = os.wait()
        folder, mutant = running.pop(child)
        free.append(folder)
        # The test that noticed is asked first about the next mutants: it is often the one again.
        failed = re.findall(
            "^FAILED (tests/.*?)(?: - |$)", (folder / "output.txt").read_text(), re.M
        )
        killers = [*failed, *(name for name in killers if name not in failed)][:8]
        yield mutant, outcome(status)


# ---- a round -------------------------------------------------------------------------------------


def fingerprint(*paths) -> str:
    return hashlib.sha256(b"".join((ROOT / path).read_bytes() for path in paths)).hexdigest()[:16]


def round_of(module: str, folders: list, notes: dict, share: float) -> dict[str, list]:
    """Try a module's mutants; returns their names by outcome."""
    source = (ROOT / module).read_text()
    known = notes.setdefault(module, {})
    if known.get("source") != fingerprint(module):
        known.clear()
        known.update(source=fingerprint(module), outcomes={})
    tests = fingerprint(*(f"tests/test_{name}.py" for name in TESTS[module]))
    if known.get("tests") != tests:
        known["tests"] = tests
        known["outcomes"] = {k: v for k, v in known["outcomes"].items() if v != "survived"}
    equivalent = tomllib.loads(EQUIVALENT.read_text()).get(module, {})
    found, todo, names, began = {}, [], set(), time.monotonic()
    for line, before, after, mutant in mutants(source):
        name = f"{before} -> {after}"
        while name in names:
            name += " (again)"
        names.add(name)
        if zlib.crc32(name.encode()) >= share * 2**32:
            continue
        if name in equivalent:
            found.setdefault("equivalent", []).append((line, name))
        elif name in known["outcomes"]:
            found.setdefault(known["outcomes"][name], []).append((line, name))
        else:
            todo.append((line, name, mutant))
    for name in set(equivalent) - names:
        print(f"{EQUIVALENT.name} lists what is no mutant of {module} any more: {name}")
    if todo:  # the original has to pass, or every mutant would seem killed
        _, status = os.waitpid(start(folders[0], module, [], 600), 0)
        if status:
            print((folders[0] / "output.txt").read_text()[-3000:])
            sys.exit(f"The tests of {module} fail without any mutant.")
    seconds = max(SECONDS, 3 * len(folders) * (time.monotonic() - began))
    for (line, name, _), result in tried(module, todo, folders, seconds):
        found.setdefault(result, []).append((line, name))
        known["outcomes"][name] = result
        NOTES.write_text(json.dumps(notes, indent=1))
        if result == "survived":
            print(f"{module}:{line} survived: {name}", flush=True)
    for folder in folders:
        shutil.copy(ROOT / module, folder / module)
    print(f"{module}: {summary(found)}, {time.monotonic() - began:.0f} s", flush=True)
    return found


def summary(found: dict[str, list]) -> str:
    count = {result: len(names) for result, names in found.items()}
    killed = sum(number for result, number in count.items() if result.startswith("killed"))
    survived, equivalent = count.get("survived", 0), count.get("equivalent", 0)
    slow = f" ({count['killed: too slow']} by the clock)" if "killed: too slow" in count else ""
    percent = 100 * survived / max(1, killed + survived)
    return (
        f"{killed + survived + equivalent} mutants, {killed} killed{slow}, "
        f"{equivalent} equivalent, {survived} survived "
        f"({percent:.1f} % of those that change behaviour)"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="nstlib/losses.py")
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, such as 0.2")
    parser.add_argument("--jobs", type=int, default=2, help="mutants tried at the same time")
    parser.add_argument("--fresh", action="store_true", help="forget what was noted before")
    arguments = parser.parse_args()
    NOTES.parent.mkdir(exist_ok=True)
    notes = json.loads(NOTES.read_text()) if NOTES.exists() and not arguments.fresh else {}
    everything = {}
    with tempfile.TemporaryDirectory() as temporary:
        folders = [
            copy_of_the_repository(pathlib.Path(temporary) / str(number))
            for number in range(arguments.jobs)
        ]
        for module in arguments.modules:
            for result, names in round_of(module, folders, notes, arguments.share).items():
                everything.setdefault(result, []).extend((module, *name) for name in names)
    print(f"All: {summary(everything)}")
    for module, line, name in everything.get("survived", []):
        print(f"  {module}:{line} {name}")


if __name__ == "__main__":
    # One thread until the fork; the tests are as they are run by `make test`.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    os.environ |= {"KERAS_BACKEND": "tensorflow", "NST_HEADLESS": "1", "MPLBACKEND": "Agg"}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # that of notebooks takes 3 seconds
    sys.dont_write_bytecode = True  # a mutant of the same second would pass for the last one
    import hypothesis
    import hypothesis.extra.numpy
    import keras  # noqa: F401
    import pytest
    import scipy.optimize  # noqa: F401

    main()
