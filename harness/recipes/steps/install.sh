python -m pip install --disable-pip-version-check --quiet "$SOCKMATRIX_INSTALL"
sockmatrix --version
