"""How much memory there is: of the machine, and of the container that this process may be in."""

from __future__ import annotations

import math
import pathlib

import psutil

# Where a container's limit is, what it uses, and in memory.stat the part of that which is merely
# cache of files, and given up before anything is refused: in control groups of version 2 and 1.
GROUPS = {
    2: ("", "memory.max", "memory.current", "inactive_file"),
    1: ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def available_memory() -> int:
    """Bytes that this process may still take, of the machine's memory and of its container's.

    What the kernel would give up for it (the cache of files) counts as free, and swap does not.
    """
    return max(0, min(psutil.virtual_memory().available, container_room()))


def container_room(
    groups: str | pathlib.Path = "/sys/fs/cgroup", own: str | pathlib.Path = "/proc/self/cgroup"
) -> float:
    """Bytes left below the limits of the containers this process is in; infinite without any.

    A JupyterHub limits its students so, and the machine's own memory says nothing of it.

    Args:
        groups: where Linux shows its control groups, in version 2 or 1.
        own: the file that names those of this process, in lines such as `0::/user.slice/alice`.
    """
    try:
        memberships = pathlib.Path(own).read_text().splitlines()
    except OSError:
        return math.inf  # not Linux
    rooms = [math.inf]
    for _, controllers, path in (line.split(":", 2) for line in memberships):
        if controllers and "memory" not in controllers.split(","):
            continue
        mount, *files = GROUPS[1 if controllers else 2]
        parts = path.strip("/").split("/")
        # A limit further up counts as well; and in a container, the top is all there is to see.
        for depth in range(len(parts) + 1):
            rooms.append(_group_room(pathlib.Path(groups, mount, *parts[:depth]), *files))
    return min(rooms)


def _group_room(folder: pathlib.Path, limit: str, used: str, cached: str) -> float:
    try:
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        allowed, taken = (int((folder / name).read_text()) for name in (limit, used))
        return allowed - taken + int(stat[cached])
    except (OSError, ValueError, KeyError):  # no such group here, or "max": no limit
        return math.inf
