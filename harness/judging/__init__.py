"""One target against what its scenario expects. Pure functions of data: the same evidence gives the same verdict years later."""
