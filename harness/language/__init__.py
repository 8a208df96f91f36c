"""YAML scenarios to plans, and predicates on facts. Knows nothing of targets, agents or runs; never evaluates what a scenario says."""
