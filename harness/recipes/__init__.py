"""Files for CI systems, made of templates, and what their jobs are given. Plays, merges and reports nothing itself."""
