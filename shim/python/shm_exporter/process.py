"""What the process is called where nobody says it: the interpreter's own name says nothing."""

from __future__ import annotations

import sys
from pathlib import PurePath


def service_of_script(arguments: list[str] | None = None) -> str | None:
    """The script's name without .py, or the package's that `python -m` runs; None where there is
    neither. `arguments` are sys.argv, as they are by default."""
    given = sys.argv if arguments is None else arguments
    script = PurePath(given[0] if given else "")
    if script.name == "__main__.py":
        return script.parent.name or None
    return None if script.name in ("", "-c", "-m") else script.name.removesuffix(".py")
