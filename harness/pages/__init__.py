"""A saved run as one HTML file that needs nothing else. Reads runs; judges and compares nothing itself."""
