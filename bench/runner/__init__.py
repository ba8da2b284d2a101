"""A plan -> records: folds, codes, controls, attacks, where they execute, and the run directory."""
