"""Reading Things, streams and observations as OGC SensorThings API 1.1 (OGC 18-088) says."""
