"""The README's pictures, made anew: `python -m tests.screenshots FOLDER` (needs Chromium, as the browser tests do).

One server, one browser that prefers reduced motion, so that nothing plays or fades by itself and every picture is one frame.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS, NAMES, Served

DESK, PHONE = (1440, 900), (390, 844)
PICTURES = {
    "page-light": (DESK, "scene=recall&theme=light", 0.48),
    "page-dark": (DESK, "scene=letters&theme=dark", 0.55),
    "page-hall": (DESK, "scene=simplex&hall=1", 0.6),
    "page-phone": (PHONE, "scene=letters&theme=light", 0.52),
}
ANIMATION, ANIMATION_WIDTH, COLOURS = "scene=letters&theme=light", 960, 96
EVERY, FRAME_MS, LAST_MS = 2, 90, 2500
STAGE = ".gs[data-frames]:not([data-frames='0'])"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder = parser.parse_args().folder
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sys.exit(f"No Chromium: none of {', '.join(NAMES)} is on the path, and CHROMIUM does not name one.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as logs:
        served = Served(Path(logs) / "log")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
                for name, (size, address, share) in PICTURES.items():
                    page = visit(browser, served.url, address, size)
                    step(page, round(share * last_frame(page)))
                    page.screenshot(path=folder / f"{name}.png")
                    page.context.close()
                animate(visit(browser, served.url, ANIMATION, DESK), folder / "page.gif")
                browser.close()
        finally:
            served.stop()
    for picture in sorted(folder.iterdir()):
        print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")


def visit(browser: Browser, url: str, address: str, size: tuple[int, int]) -> Page:
    """The page at its first frame, with everything there."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}?{address}", wait_until="networkidle")
    page.wait_for_selector(STAGE)
    page.keyboard.press("Home")
    settle(page)
    return page


def last_frame(page: Page) -> int:
    return int(page.locator(STAGE).get_attribute("data-frames")) - 1


def step(page: Page, frames: int) -> None:
    for _ in range(frames):
        page.keyboard.press("ArrowRight")
    settle(page)


def settle(page: Page) -> None:
    """Until the browser has drawn what it was told."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def animate(page: Page, path: Path) -> None:
    """A small GIF of one run, in colours of its own so that they do not flicker."""
    frames = []
    for at in range(0, last_frame(page) + 1, EVERY):
        if at:
            step(page, EVERY)
        shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
        frames.append(shot.resize((ANIMATION_WIDTH, round(shot.height * ANIMATION_WIDTH / shot.width)), Image.Resampling.LANCZOS))
    method = Image.Quantize.MAXCOVERAGE  # the usual median cut would lose the astrocytes’ few orange pixels
    palette = frames[len(frames) * 2 // 3].quantize(COLOURS, method=method, dither=Image.Dither.NONE)
    drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [FRAME_MS] * (len(drawn) - 1) + [LAST_MS]
    drawn[0].save(path, save_all=True, append_images=drawn[1:], duration=times, loop=0, optimize=True)


if __name__ == "__main__":
    main()
