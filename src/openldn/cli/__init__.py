"""The command line: parse, call one function of the core, print. The only place with a clock."""

from openldn.cli.app import main

__all__ = ["main"]
