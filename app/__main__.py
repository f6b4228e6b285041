"""`python -m app` serves the page and opens a browser."""

from app.hosting.processes import main

if __name__ == "__main__":
    main()
