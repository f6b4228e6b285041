"""The numerical core of Gliascope: systems of associative memory, each in a folder of its own. NumPy, and nothing else."""

import pkgutil
from pathlib import Path

from core.ensemble import Ensemble, ensemble
from core.equilibria import Equilibrium, find_equilibrium
from core.parameters import Refusal
from core.registry import system_named, systems
from core.retrieval.memory import Memory
from core.retrieval.observe import OUTCOMES
from core.retrieval.patterns import Memories, memories_from_images
from core.retrieval.settings import PARAMETERS, Settings
from core.run import Run
from core.run_file import load_run
from core.simulation import simulate

__all__ = [
    "OUTCOMES",
    "PARAMETERS",
    "Ensemble",
    "Equilibrium",
    "Memories",
    "Memory",
    "Refusal",
    "Run",
    "Settings",
    "ensemble",
    "find_equilibrium",
    "load_run",
    "memories_from_images",
    "simulate",
    "system_named",
    "systems",
]

# A system may stand in a folder core/NAME elsewhere on the path. A `core` there that is a package itself is another copy of this
# one, or somebody else's: it is not mixed with ours.
__path__ = [
    folder for folder in pkgutil.extend_path(__path__, __name__) if folder in __path__ or not Path(folder, "__init__.py").exists()
]
