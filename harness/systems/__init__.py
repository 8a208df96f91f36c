"""Systems and implementations that a machine does not have by itself: what they are made of, and how they are started."""
