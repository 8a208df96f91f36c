case ${SOCKMATRIX_PYTHON:=} in [0-9]*) name=python$SOCKMATRIX_PYTHON ;; *) name=$SOCKMATRIX_PYTHON ;; esac
if [ -n "$name" ] && ! command -v "$name"; then
  python -m pip install --disable-pip-version-check --quiet uv
  uv python install "$SOCKMATRIX_PYTHON"
fi
