"""The dialog that asks for files: somebody has already decided which."""

import json
import os
import pathlib


def upload() -> dict[str, bytes]:
    """Give the files that are chosen in this dialog, and save them in the working directory.

    CHOSEN names a file with a list: for each dialog the path of what is chosen, "" where it is
    cancelled. One dialog more than that is an error, as nobody would be there to close it.
    """
    waiting = pathlib.Path(os.environ["CHOSEN"])
    path, *later = json.loads(waiting.read_text(encoding="utf-8"))
    waiting.write_text(json.dumps(later), encoding="utf-8")
    if not path:
        return {}
    chosen = pathlib.Path(path)
    print(f"Saving {chosen.name} to {chosen.name}")
    pathlib.Path(chosen.name).write_bytes(chosen.read_bytes())
    return {chosen.name: chosen.read_bytes()}
