"""What the benchmarks of the API share: a catalogue, the services, and clients."""
