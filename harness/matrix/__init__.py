"""What the whole matrix is to play, and how it is cut into shards. Plays nothing, and joins nothing (`merging` does)."""
