"""`python -m tests.bench NAME`: benchmarks that print tables. Compare the ratios of one run, not the times of two."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> int:
    names = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=names, help="which benchmark")
    arguments, rest = parser.parse_known_args()
    return importlib.import_module(f"tests.bench.{arguments.name}").main(rest) or 0


if __name__ == "__main__":
    sys.exit(main())
