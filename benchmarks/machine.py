"""What a timing depends on; nothing that says whose machine it is."""

from __future__ import annotations

import os
import pathlib
import platform
from importlib import metadata

PACKAGES = ("tensorflow", "keras", "torch", "numpy")


def machine(packages=PACKAGES) -> dict[str, str]:
    """Processor, cores, memory, system, and the versions of Python and of these packages."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    described = {
        "CPU": processor(),
        "cores": str(cores),
        "memory": f"{memory:.0f} GB",
        "system": platform.system(),
        "Python": platform.python_version(),
    }
    for package in packages:
        try:
            described[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            described[package] = "not installed"
    return described


def processor() -> str:
    """Its model, and the instructions that decide how fast it computes."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        flags = next(line for line in lines if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
    return model + ", AVX-512" * ("avx512f" in flags) + ", bfloat16" * ("avx512_bf16" in flags)
