"""What people look at, made from saved runs and plans alone: the terminal's pages, the published schemas, the page of sources."""
