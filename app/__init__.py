"""The page: `python -m app` serves it. Everything that is computed comes from `core`."""
