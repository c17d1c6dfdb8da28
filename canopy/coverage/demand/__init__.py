"""What the cells of a grid hold: area, residents, premises, roads, footfall."""
