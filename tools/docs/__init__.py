"""The documentation as a site and as manual pages: gathers pages, makes the reference of the code, calls Sphinx. No part of the package."""
