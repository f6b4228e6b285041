"""The explorer: sessions, chapters, studies, and what carries them to a browser."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core import Run


def show(run: Run, height: int = 760) -> Any:
    """A run that plays in the cell of a notebook: `from app import show`, then `show(run)` as the cell's last line."""
    from app.notebook import show  # Panel takes a second to import, and a server has no use for notebooks

    return show(run, height)


__all__ = ["show"]

# A chapter may stand in a folder app/chapters/NAME elsewhere on the path, as its system may. An `app` there that is a package
# itself is another copy of this one, or somebody else's: it is not mixed with ours.
__path__ = [
    folder for folder in pkgutil.extend_path(__path__, __name__) if folder in __path__ or not Path(folder, "__init__.py").exists()
]
