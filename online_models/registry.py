"""The classifiers of this package, found by looking, not listed by hand: what the shared checks run over."""

from importlib import import_module
from pkgutil import walk_packages

from river import base

import online_models


def classifiers() -> dict[str, type[base.Classifier]]:
    """Return every classifier that is defined below `online_models`, by the name of its class."""
    names = [module.name for module in walk_packages(online_models.__path__, "online_models.")]
    found = {
        value.__name__: value
        for name in names
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, base.Classifier) and value.__module__ == name
    }
    return dict(sorted(found.items()))
