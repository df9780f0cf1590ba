"""The rule on links that all guides keep."""

import re


def anchors(text):
    """The ends of addresses that lead to the headings of a guide."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)  # # may begin a comment there
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(text, guide):
    """Links to headings that there are not, in this guide or another one, and to no file."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        if path and not (guide.parent / path).exists():
            yield f"{path} is missing"
        elif anchor and (path.endswith(".md") or not path):
            there = (guide.parent / path).read_text(encoding="utf-8") if path else text
            if anchor not in anchors(there):
                yield f"there is no heading for {target}"
