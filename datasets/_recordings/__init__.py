"""What the sets of recordings share."""
