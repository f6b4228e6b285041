"""The chapter of memory across segments: Mia, Bal & Sengupta 2026, arXiv:2601.00426."""
