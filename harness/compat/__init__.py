"""Which target families have which part of the socket API, since when, and how they depart: runs in, one data set out. Plays nothing."""
