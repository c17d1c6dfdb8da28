"""``python -m canopy`` is the ``canopy`` command."""

from canopy.cli import main

main()
