"""The built website, read from its files: what is wrong with it, and the texts for its search."""

from __future__ import annotations

import html
import html.parser
import json
import pathlib
import re
import urllib.parse

from PIL import Image

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(html.parser.HTMLParser):
    """The ids, links and pictures of a page, and its main text."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.needs, self.silent = set(), [], [], []
        self.language, self.text = "", ""
        self._depth = self._hidden = 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.add(values.get("id"))
        if tag == "html":
            self.language = values.get("lang") or ""
        if tag in ("a", "use") and "href" in values:
            self.links.append(values["href"])
        if tag in ("img", "script", "iframe", "source") and "src" in values:
            self.needs.append(values["src"])
        if tag == "link" and not values.get("href", "#").startswith("#"):
            self.needs.append(values["href"])
        if tag == "img" and not (values.get("alt") or "").strip():
            self.silent.append(values.get("src", ""))
        if tag in VOID:
            return
        if self._depth or values.get("role") == "main":
            self._depth += 1
            if self._hidden or tag in ("script", "style") or values.get("class") == "headerlink":
                self._hidden += 1
            elif tag == "section" or values.get("role") == "main":
                name = values.get("id", "")
                role = ' role="main"' if values.get("role") else ""
                self.text += f'<section id="{html.escape(name)}"{role}>'

    def handle_endtag(self, tag):
        if tag in VOID or not self._depth:
            return
        if not self._hidden and (tag == "section" or self._depth == 1):
            self.text += "</section>"
        self._hidden = max(0, self._hidden - 1)
        self._depth -= 1

    def handle_data(self, text):
        if self._depth and not self._hidden:
            self.text += html.escape(text)


def problems(folder: pathlib.Path) -> list[str]:
    """What is wrong: dead links and anchors, pictures that do not open, requests elsewhere."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))}
    found = [] if pages else [f"there is no page in {folder}"]
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        found += [f"{name}: a picture without alternative text: {s}" for s in page.silent]
        if not page.language:
            found.append(f"{name} does not say its language")
        for target in page.needs:
            if re.match(r"([a-z]+:)?//|/", target):
                found.append(f"{name} asks another place for {target}")
            elif not _file(path, target).is_file():
                found.append(f"{name} needs {target}, and it is missing")
        for target in page.links:
            if reason := _dead(target, path, pages):
                found.append(f"{name} links to {target}: {reason}")
    for path in sorted(folder.rglob("*.css")):
        for target in _styled(path.read_text("utf-8")):
            if not _file(path, target).is_file():
                found.append(f"{path.relative_to(folder)} needs {target}, and it is missing")
    for path in sorted([*folder.rglob("*.jpg"), *folder.rglob("*.png")]):
        try:
            with Image.open(path) as picture:
                picture.load()
        except OSError as error:
            found.append(f"{path.relative_to(folder)} cannot be opened: {error}")
    return found


def _styled(css: str) -> list[str]:
    """The files that a style sheet needs: of several for one thing a browser takes the first."""
    found = []
    for declaration in re.findall(r"[^;{}]*url\((?:data:[^)]*;[^)]*|[^;{}])*", css):
        target = re.search(r"url\(\s*['\"]?([^'\")]+)", declaration)[1]
        found += [] if target.startswith(("data:", "#")) else [target]
    return found


def _file(page: pathlib.Path, target: str) -> pathlib.Path:
    return page.parent / urllib.parse.unquote(re.split("[?#]", target)[0])


def _dead(target: str, page: pathlib.Path, pages: dict) -> str:
    """Why a link leads nowhere; nothing for links to other sites, which are not followed."""
    if re.match(r"(https?|mailto):", target):
        return ""
    if re.match(r"[a-z]+:|/", target):
        return "not relative"
    path, _, anchor = target.partition("#")
    place = _file(page, path).resolve() if path else page.resolve()
    if not place.is_file():
        return "no such file"
    known = {path.resolve(): found for path, found in pages.items()}
    if anchor and place in known and urllib.parse.unquote(anchor) not in known[place].ids:
        return "no such place on it"
    return ""


def search_texts(folder: pathlib.Path) -> str:
    """JavaScript with the text of every page, by sections.

    A page that was opened from a folder may not read its neighbours: from here the search takes
    the lines that it shows below what it found.
    """
    texts = {p.name: re.sub(r"\s+", " ", Page(p.read_text("utf-8")).text) for p in _pages(folder)}
    return f"var pageTexts = {json.dumps(texts, ensure_ascii=False)};\n"


def _pages(folder: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in sorted(folder.glob("*.html")) if path.name != "search.html"]
