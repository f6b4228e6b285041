"""The numerical core of Gliascope: an associative memory whose patterns are weighed by astrocytes. NumPy, and nothing else."""

from core import baselines as baselines
from core import integrate as _integrate  # noqa: F401  (enters the integrators)
from core import memories as _memories  # noqa: F401  (enters the pattern families and cues)
from core import model as _model  # noqa: F401  (enters the memories)
from core.ensemble import Ensemble, ensemble
from core.equilibria import Equilibrium, find_equilibrium
from core.memories import Memories, memories_from_images
from core.memory import Memory
from core.parameters import PARAMETERS, Settings
from core.simulation import simulate
from core.trajectory import OUTCOMES, Run

__all__ = [
    "OUTCOMES",
    "PARAMETERS",
    "Ensemble",
    "Equilibrium",
    "Memories",
    "Memory",
    "Run",
    "Settings",
    "ensemble",
    "find_equilibrium",
    "memories_from_images",
    "simulate",
]
