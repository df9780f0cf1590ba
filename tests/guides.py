"""A rule that several guides in docs/ keep."""

import re


def dead_links(text, guide):
    """Links to headings that a guide does not have, and to files that there are not."""
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, flags=re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if not path and anchor not in anchors:
            yield f"there is no heading for #{anchor}"
        if path and "://" not in path and not (guide.parent / path).exists():
            yield f"{path} is missing"
