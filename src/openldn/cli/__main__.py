"""`python -m openldn.cli` is the command `openldn`."""

from openldn.cli.app import main

main()
