"""What a public demo needs around the pages: options, guards, limits, headers, logs, figures of its health, several processes."""
