"""`python3 -m app.health`: ask the server of this machine whether it is well; the container's health check."""

from __future__ import annotations

import os
import sys
import urllib.request


def main() -> int:
    port = os.environ.get("GLIASCOPE_PORT") or "5006"
    prefix = os.environ.get("GLIASCOPE_PREFIX", "").strip("/")
    address = os.environ.get("GLIASCOPE_ADDRESS", "")
    host = "127.0.0.1" if address in ("", "0.0.0.0", "::", "localhost") else address
    url = f"http://{host}:{port}/{prefix}/healthz" if prefix else f"http://{host}:{port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
