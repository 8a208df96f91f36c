"""The defects, a module for each category."""
