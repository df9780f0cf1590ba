"""The files around the lessons agree with each other."""

import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys
import tomllib

import pytest
import yaml
from guides import dead_links
from packaging.requirements import Requirement
from packaging.version import Version

import build
import nstlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "notebooks" / "source").glob(f"{build.LESSON}.py"))
PYTHONS = ("3.11", "3.12", "3.13")
REPOSITORY = PYPROJECT["tool"]["nst"]["repository"]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
COLAB = (ROOT / "tests" / "colab" / "constraints.txt").read_text(encoding="utf-8")


def ranges(lines):
    requirements = map(Requirement, lines)
    return {requirement.name: requirement.specifier for requirement in requirements}


def extra(name):
    return ranges(PYPROJECT["project"]["optional-dependencies"][name])


# ---- dependencies --------------------------------------------------------------------------


def test_environment_has_the_dependencies_of_pyproject():
    """The same packages in the same ranges: the library's, TensorFlow, JupyterLab and nbval."""
    *conda, pip = (line for line in ENVIRONMENT["dependencies"])
    local = [line for line in pip["pip"] if line.startswith("-e")]
    listed = [line for line in conda if re.match("[a-z]+", line)[0] not in ("python", "pip")]
    found = ranges(listed + [line for line in pip["pip"] if line not in local])
    expected = ranges(PYPROJECT["project"]["dependencies"]) | extra("tensorflow") | extra("lab")
    assert found == expected | {"nbval": extra("test")["nbval"]}
    assert local == ["-e ."], "nstlib itself"
    assert "pip" in conda


def test_environment_has_a_supported_python():
    (python,) = (line for line in ENVIRONMENT["dependencies"] if str(line).startswith("python="))
    assert python.removeprefix("python=") in PYTHONS


def test_supported_pythons_agree():
    classifiers = "\n".join(PYPROJECT["project"]["classifiers"])
    assert tuple(re.findall(r"Python :: (3\.\d+)", classifiers)) == PYTHONS
    assert PYPROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
    first, last = (version.replace(".", ", ") for version in (PYTHONS[0], PYTHONS[-1]))
    assert f"({first}) <= sys.version_info[:2] <= ({last})" in MAKEFILE


def test_colab_needs_no_other_version():
    """What Colab comes with is in our ranges, so that a student there installs nothing."""
    listed = [Requirement(line) for line in COLAB.splitlines() if not line.startswith("#")]
    versions = {item.name: Version(str(item.specifier).removeprefix("==")) for item in listed}
    kernel = {"ipykernel": extra("lab")["ipykernel"]}
    wanted = ranges(PYPROJECT["project"]["dependencies"]) | extra("tensorflow") | kernel
    assert not [name for name, wide in wanted.items() if versions[name] not in wide]


def test_colabs_versions_have_a_date_and_a_source():
    head = "".join(line for line in COLAB.splitlines(keepends=True) if line.startswith("#"))
    assert datetime.date.fromisoformat(re.search(r"listed on (\S+),", head)[1]).year >= 2026
    assert "googlecolab/backend-info" in head
    assert f"Python {PYTHONS[-1]} " in head


def test_library_does_not_bring_tensorflow():
    assert not {"tensorflow", "keras"} & set(ranges(PYPROJECT["project"]["dependencies"]))


# ---- README --------------------------------------------------------------------------------


def targets():
    """What make can make, by the Makefile."""
    return set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, flags=re.M))


def test_readme_commands_exist():
    named = set(re.findall(r"\bmake ([a-z0-9-]+)", "\n".join(code_of(README))))
    assert {"lab", "test"} <= named <= targets()


def code_of(markdown):
    """What stands in code blocks and between backticks."""
    found = re.findall(r"^```\w*\n(.*?)^```|`([^`\n]+)`", markdown, flags=re.M | re.S)
    return [block or inline for block, inline in found]


def test_makefile_describes_every_target():
    phony = " ".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.M)).split()
    described = re.findall(r"^([a-z0-9-]+):.*  ## \w", MAKEFILE, flags=re.M)
    assert set(described) == set(phony) - {"FORCE"}


def test_readme_links_exist():
    links = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"", README)
    local = [a or b for a, b in links if not re.match(r"[a-z]+:|#", a or b)]
    assert local
    assert not [link for link in local if not (ROOT / link.split("#")[0]).exists()]


def test_readme_pictures_have_alt_text():
    assert re.search(r"!\[[^\]]{10,}\]\(docs/images/first_painting\.jpg\)", README)
    assert not re.search(r"!\[\s*\]", README)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_pages_link_to_what_exists_and_describe_their_pictures(page):
    text = page.read_text(encoding="utf-8")
    assert list(dead_links(text, page)) == []
    assert not re.search(r"!\[\s*\]", text)


def test_the_gallery_has_nine_pairs():
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert len(re.findall(r"!\[A photograph, [^\]]{20,}\]\(images/gallery/\w+\.jpg\)", text)) == 9
    assert len(re.findall(r"; \d+ s\.$", text, flags=re.M)) == 9


def test_readme_lists_every_lesson():
    """Each row: number, title with a link, minutes, badge."""
    rows = re.findall(r"^\| (\d\d) \| \[[^]]+\]\(notebooks/(\w+)\.ipynb\) .*$", README, flags=re.M)
    assert [name for _, name in rows] == [source.stem for source in SOURCES]
    assert all(name.startswith(number) for number, name in rows)
    badges = re.findall(r"\]\((https://colab[^)]+/github/[^)]+)\)", README)
    start = f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/notebooks"
    assert badges == [f"{start}/{name}.ipynb" for _, name in rows]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_lesson_says_the_minutes_of_the_readme(source):
    row = re.search(rf"^\|.*notebooks/{source.stem}\.ipynb.*$", README, flags=re.M)[0]
    minutes = re.search(r"\| (\d+ min) \|", row)[1]
    assert re.search(rf"\b{minutes}", source.read_text(encoding="utf-8"))


def test_readme_names_the_conda_environment():
    assert f"conda activate {ENVIRONMENT['name']}\n" in README


def test_readme_options_exist(monkeypatch, capsys):
    from nstlib.cli import main

    monkeypatch.setattr(sys, "argv", ["nst", "--help"])
    with contextlib.suppress(SystemExit):
        main()
    known = capsys.readouterr().out
    lines = [line for line in "\n".join(code_of(README)).splitlines() if "make" not in line]
    options = {option for line in lines for option in re.findall(r"(?<!\S)--[a-z-]+", line)}
    assert {"--output", "--size"} <= options
    assert not [option for option in options if option not in known]


# ---- the version ---------------------------------------------------------------------------


def test_the_version_stands_in_the_library_alone():
    assert "version" not in PYPROJECT["project"]
    assert PYPROJECT["project"]["dynamic"] == ["version"]
    assert PYPROJECT["tool"]["hatch"]["version"]["path"] == "nstlib/__init__.py"
    assert "version" not in yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert Version(nstlib.__version__) > Version("0")


def test_the_changelog_ends_at_the_version():
    """Headings: what is not released yet, if anything, then the version and those before it."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *rest = re.findall(r"^## (.+)$", text, flags=re.M)
    released = rest if first == "[Unreleased]" else [first, *rest]
    found = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", line) for line in released]
    versions = [Version(match[1]) for match in found]
    dates = [datetime.date.fromisoformat(match[2]) for match in found]
    assert str(versions[0]) == nstlib.__version__
    assert versions == sorted(set(versions), reverse=True)
    assert dates == sorted(dates, reverse=True)


# ---- GitHub --------------------------------------------------------------------------------


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


def test_workflows_make_what_the_makefile_has():
    scripts = "\n".join(
        step["run"] for workflow in WORKFLOWS.values() for step in steps(workflow) if "run" in step
    )
    calls = re.findall(r"^make (.+)$", scripts, flags=re.M)
    made = {word for call in calls for word in call.split() if "=" not in word}
    assert {"test", "book", "slides", "student-kit"} <= made <= targets()


def test_workflows_test_every_system_and_python():
    jobs = WORKFLOWS["test"]["jobs"]
    matrices = [job["strategy"]["matrix"] for job in jobs.values() if "strategy" in job]
    assert [tuple(matrix["python"]) for matrix in matrices] == [PYTHONS, PYTHONS]
    assert jobs["make-test"]["strategy"]["matrix"]["system"] == ["ubuntu-latest", "macos-latest"]
    assert jobs["windows"]["runs-on"] == "windows-latest"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_may_do_little_and_comes_to_an_end(name):
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {"contents": "read"}
    assert "group" in workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert job.get("timeout-minutes", 0) > 0 or job["uses"] == "./.github/workflows/test.yml"
        # Whoever may write runs nothing that was installed, and no code of the repository.
        if "permissions" in job:
            used = [step.get("uses", step.get("run", "")).split("@")[0] for step in job["steps"]]
            assert not {"actions/checkout", "actions/setup-python"} & set(used)
    for step in steps(workflow):
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))


def test_issue_form_lists_every_lesson():
    form = ROOT / ".github" / "ISSUE_TEMPLATE" / "1-wrong-sentence.yml"
    (where,) = (
        field for field in yaml.safe_load(form.read_text("utf-8"))["body"] if field["id"] == "where"
    )
    rows = re.findall(r"^\| (\d\d) \| \[([^]]+)\]", README, flags=re.M)
    assert where["attributes"]["options"][:-1] == [f"{number} {title}" for number, title in rows]


def test_pre_commit_formats_as_make_lint_does():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    revisions = {item["repo"]: item["rev"] for item in yaml.safe_load(text)["repos"]}
    ruff = revisions["https://github.com/astral-sh/ruff-pre-commit"]
    assert str(extra("test")["ruff"]) == f"=={ruff.removeprefix('v')}"


def test_development_container():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    settings = json.loads(re.sub(r"^//.*$", "", text, flags=re.M))
    assert settings["image"].removeprefix("python:") in PYTHONS
    command, *stamps = settings["postCreateCommand"].split()
    assert command == "make" and stamps
    assert all(re.search(rf"^{re.escape(stamp)}:", MAKEFILE, flags=re.M) for stamp in stamps)
    assert all(
        (ROOT / name).exists() for name in settings["customizations"]["codespaces"]["openFiles"]
    )


def test_a_fork_renames_every_address():
    """`make colab` changes build.NAMING; the repository's name stands in no other such file."""
    owner, name = REPOSITORY.split("/")
    written = {place.format(owner, name) for place in build.PLACES}
    for file in build.NAMING:
        text = (ROOT / file).read_text(encoding="utf-8")
        left = text
        for place in written:
            left = left.replace(place, "")
        assert left != text and f"{owner}/{name}" not in left
    others = [ROOT / "CHANGELOG.md", ROOT / "Makefile", *(ROOT / "docs").glob("*.md")]
    others += [path for path in (ROOT / ".github").rglob("*") if path.is_file()]
    assert not [path for path in others if REPOSITORY in path.read_text(encoding="utf-8")]


# ---- the rest ------------------------------------------------------------------------------


def test_the_package_takes_along_what_it_names():
    targets = PYPROJECT["tool"]["hatch"]["build"]["targets"]
    listed = [*targets["sdist"]["include"], *targets["wheel"]["force-include"]]
    assert not [name for name in listed if not (ROOT / name.lstrip("/")).exists()]
    assert (ROOT / "nstlib" / "py.typed").exists() and "Typing :: Typed" in str(PYPROJECT)


def test_ci_calls_the_test_command_of_the_readme():
    script = ROOT / ".ci" / "run"
    assert re.search(r"^make test\b", script.read_text(encoding="utf-8"), flags=re.M)
    assert re.search(r"^make test\b", README, flags=re.M)
    assert os.access(script, os.X_OK)


def test_license():
    preface, line, apache = (
        (ROOT / "LICENSE").read_text(encoding="utf-8").partition("-" * 92 + "\n")
    )
    assert line
    # The text as the Apache Software Foundation publishes it.
    digest = hashlib.sha256(apache.encode()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    for words in ("CC BY 4.0", "data/CREDITS.md", "model card"):
        assert words in preface
    assert PYPROJECT["project"]["license"] == "Apache-2.0 AND CC-BY-4.0"
    assert (ROOT / "data" / "CREDITS.md").exists()
