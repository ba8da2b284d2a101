"""Arrays -> numbers: accuracy, concordance, verification, likeness, certificates, fronts.

In their order, each may import those above it: `intervals`, `classification`, `regression`,
`images`, `pareto`, `certify`, `scored_pairs`, `linkability`, `verification`, `bootstrap`, `pairs`.
"""
