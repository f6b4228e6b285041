"""The entry for `panel serve app/main.py`, whose own options then apply."""

import sys
from pathlib import Path

# The script `panel` looks for modules beside itself and beside this file, not in the folder it is started from.
if (root := str(Path(__file__).parents[1])) not in sys.path:
    sys.path.append(root)

from app.server import configure_elsewhere, retrieval

configure_elsewhere()
retrieval()
