"""The small language that picks parts of a run: `area:udp verdict:fail kind:errno`. Knows runs and comparisons; shows nothing."""
