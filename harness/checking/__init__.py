"""Whether a program is an agent: it is asked what a controller asks, and what came is held against docs/agent-protocol.md."""
