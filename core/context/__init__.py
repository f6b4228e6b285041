"""A memory whose landscape a context tilts, arXiv:2605.10970."""

from core.context.system import SYSTEM as SYSTEM
