"""The plugin for pytest: scenarios as tests, and targets for people's own tests."""
