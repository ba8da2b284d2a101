"""Everything that is not a competitor."""
