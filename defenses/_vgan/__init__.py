"""PPRL-VGAN (Chen, Konrad, Ishwar 2018): networks, training, what is released."""
