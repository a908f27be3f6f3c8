"""The targets."""

from tests.real.fixtures import opened, target

__all__ = ["opened", "target"]
