"""`python -m core.segments.make_default`: train the block of the default settings, and those it is compared with, and write
their files, which are shipped so that a page has something to read at once."""

from __future__ import annotations

from core.segments.trained import FOLDER, SHIPPED
from core.segments.training import train
from core.segments.training_file import safetensors_bytes


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, settings in SHIPPED.items():
        training = train(**settings)
        data = safetensors_bytes(training)
        (FOLDER / f"{name}.safetensors").write_bytes(data)
        print(f"{name}: accuracy {training.accuracy:.3f}, {len(data)} bytes")


if __name__ == "__main__":
    main()
