"""What a run leaves behind: a folder of evidence, written as it happens, read by everything that comes after."""
