"""What the picture sets share."""
