"""What sets of every kind share."""
