"""The engine of the pages of studies: one pool of workers that all visitors share, studies as jobs, and their results on disk."""
