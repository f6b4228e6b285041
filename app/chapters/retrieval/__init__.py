"""The chapter of retrieval: Vivet & Arenas 2026, arXiv:2604.25481."""
