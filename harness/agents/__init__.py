"""The program that runs inside a target, and its wire format. Knows nothing of scenarios, expectations or files of ours."""
