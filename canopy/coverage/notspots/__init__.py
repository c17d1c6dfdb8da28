"""Where there is no service, for whom, and how sure that is."""
