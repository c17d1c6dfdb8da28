"""A plan's public edition as the service shows it: report, map and figures in one folder."""
