"""Attackers: one file, one attacker; files that begin with an underscore are helpers of the room."""
