"""The documentation as a site and as manual pages: gathers the pages, makes the reference of the code, calls Sphinx. Not part of the package."""
