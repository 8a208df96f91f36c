"""How much of the socket API the library exercises and asserts: the catalogue of what there is, held against scenarios. Plays nothing."""
