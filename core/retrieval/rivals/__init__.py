"""The memories that the astrocyte-gated one is compared with: every module in this folder is loaded, and so registered."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
