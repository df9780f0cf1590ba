"""The files around the lessons agree with each other."""

import contextlib
import datetime
import hashlib
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

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "notebooks" / "source").glob("*.py"))
PYTHONS = ("3.11", "3.12", "3.13")
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


def test_readme_commands_exist():
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(code_of(README))))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.M))
    assert {"lab", "test"} <= named <= targets


def code_of(markdown):
    """What stands in code blocks and between backticks."""
    found = re.findall(r"^```\w*\n(.*?)^```|`([^`\n]+)`", markdown, flags=re.M | re.S)
    return [block or inline for block, inline in found]


def test_makefile_describes_every_target():
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.M)[1].split()
    described = re.findall(r"^([a-z-]+):.*  ## \w", MAKEFILE, flags=re.M)
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
    assert len(re.findall(r"!\[[^\]]{20,}\]\(images/gallery/\w+\.jpg\)", text)) == 9
    assert len(re.findall(r"; \d+ s\.$", text, flags=re.M)) == 9


def test_readme_lists_every_lesson():
    """Each row: number, title with a link, minutes, badge."""
    repository = PYPROJECT["tool"]["nst"]["repository"]
    rows = re.findall(r"^\| (\d\d) \| \[[^]]+\]\(notebooks/(\w+)\.ipynb\) .*$", README, flags=re.M)
    assert [name for _, name in rows] == [source.stem for source in SOURCES]
    assert all(name.startswith(number) for number, name in rows)
    badges = re.findall(r"\]\((https://colab[^)]+/github/[^)]+)\)", README)
    start = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks"
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


# ---- the rest ------------------------------------------------------------------------------


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
