"""Who would hold an asset if options to extend are used."""
