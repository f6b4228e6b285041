"""Associative memories with astrocytes, arXiv:2604.25481, and what they are compared with."""

from core.retrieval import model as _model  # noqa: F401  (enters the memories of the paper)
from core.retrieval import rivals as rivals
from core.retrieval.system import SYSTEM as SYSTEM
