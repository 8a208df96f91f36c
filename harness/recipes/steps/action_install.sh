python -m pip install --disable-pip-version-check --quiet "${SOCKMATRIX_INSTALL:-${SOCKMATRIX_HERE}[docker]}"
sockmatrix --version
