"""What makes a run red, and what is known to: opinions over the verdicts, which stay what they are."""
