"""What the README promises: its example prints what it says, and the files it names are there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_example_prints_what_the_readme_says():
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    promised = re.search(r"prints\n\n```text\n(.*?)```", README, re.S).group(1)
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    # the gap is a number of the order of rounding: its digits may differ from one processor to another
    def steady(text: str) -> str:
        return re.sub(r"gap .*", "gap", text)

    assert steady(printed) == steady(promised)


def test_every_file_that_the_readme_names_exists():
    named = re.findall(r"`((?:core|app|tests)/[\w./]*)`", README) + re.findall(r"\]\(([^)h][^)]*)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
