"""The words of the design page as frozen, typed data. No logic beyond trivial look-ups, no input or output."""
