"""From a name a person writes to something that can start an agent. Starts no agent itself and plays no scenario."""
