"""Records -> rows of a table: estimates, comparisons, the leaderboard, curves of leakage."""
