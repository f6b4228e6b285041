"""Pages of studies: one stem a page, Python and JavaScript side by side."""
