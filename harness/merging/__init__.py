"""Join runs into one: what they are, what of them conflicts, which cell is kept. Shows nothing."""
