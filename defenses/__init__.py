"""Defenses: one file, one defense; its name is the name of the file."""
