"""What several attackers use."""
