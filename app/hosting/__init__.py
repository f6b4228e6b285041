"""What a public demo needs around the pages: a server, admission, headers, logs, figures of its health, several processes."""
