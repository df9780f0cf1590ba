"""What surrounds a painting: settings, pictures, memory, precision, checkpoints, the run."""
