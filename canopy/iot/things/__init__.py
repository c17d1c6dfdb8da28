"""What is sensed, by which device, where and why: the entities of SensorThings 1.1, on assets."""
