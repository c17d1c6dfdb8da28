"""New Observations of open datastreams, told on the topics of OGC SensorThings."""
