"""Images as data, how they are built, and the engine that keeps them. Starts no agent, and knows nothing of targets and scenarios."""
