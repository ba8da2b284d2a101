"""The command line: each command parses, and calls one function."""
