"""Defenses that make pictures: sampled, morphed, completed and judged."""
