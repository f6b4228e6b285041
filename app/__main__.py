"""`python -m app` serves the pages and opens a browser; `python -m app build SITE` makes a folder that needs no server, and
`python -m app lesson NAME OUT.html` one file that plays a lesson."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from app.hosting.options import Options
from app.hosting.processes import is_child, start_processes


def main(given: Sequence[str] | None = None) -> None:
    """Serve here, or be the parent of several processes that do; or build a site, or write a lesson."""
    given = sys.argv[1:] if given is None else given
    if given[:1] == ["build"]:
        from app.static.build import main as build

        sys.exit(build(given[1:]))
    if given[:1] == ["lesson"]:
        from app.engine import service
        from app.static.lesson import main as write

        service.configure(Options.read([]))  # its pool and its cache are those that a server here would have
        try:
            sys.exit(write(given[1:]))
        finally:
            service.close()
    options = Options.read(given)
    if (options.processes > 1 or options.dev) and not is_child():
        sys.exit(start_processes(options, given))
    from app.hosting.lifecycle import serve  # heavy, and a parent has no need of it
    from app.site import site

    serve(options, site(options))


if __name__ == "__main__":
    main()
