"""Attackers: one file, one attacker; what several of them use is in `_shared`."""
