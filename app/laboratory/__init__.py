"""The laboratory's engine: one pool of workers that all visitors share, studies as jobs, and their results on disk."""
