"""What a competitor may use: networks, the training loop, sequences, planted leaks."""
