"""The command's own fixtures, for the verbs of images."""

from tests.toolkit.cli.conftest import base_environment, doctor, launcher

__all__ = ["base_environment", "doctor", "launcher"]
