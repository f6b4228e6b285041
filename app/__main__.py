"""`python -m app` serves the pages and opens a browser."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from app.hosting.options import Options
from app.hosting.processes import is_child, start_processes


def main(given: Sequence[str] | None = None) -> None:
    """Serve here, or be the parent of several processes that do."""
    options = Options.read(given)
    if (options.processes > 1 or options.dev) and not is_child():
        sys.exit(start_processes(options, given))
    from app.hosting.lifecycle import serve  # heavy, and a parent has no need of it
    from app.site import site

    serve(options, site(options))


if __name__ == "__main__":
    main()
