"""One folder a chapter: how one system is shown; `app.chapters` finds them by looking."""
