"""Plays plans on targets: agents kept warm, many scenarios in flight. Knows nothing of YAML or reports."""
