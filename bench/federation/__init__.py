"""What a federated server sees, attacked; real deployments, started and stopped."""
