"""Sockmatrix: a conformance test harness for the socket API.

The rooms, each knowing only those above it: `records` (the words, as data), `language` (YAML to plan), `agents`
(the program that runs inside a target, and its wire format), `targets` (names to something that can start an agent),
`judging` (one target against its expectations), `runs` (the folder a run leaves), `engine` (plays plans on targets),
`comparing` (targets against each other), `reports` (what people look at), `commands` (the command line),
`plugin` (for pytest).
"""

__version__ = "0.1.0"
