"""What sets of vectors share."""
