"""Algorithm 1 of Narula, Wang, Chaspari 2020."""
