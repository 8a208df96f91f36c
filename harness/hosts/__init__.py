"""Where agents run: this machine, or containers and the networks between them. Gives streams; knows no protocol and no scenario."""
