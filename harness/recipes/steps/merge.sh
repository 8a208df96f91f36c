if [ ! -d sockmatrix-runs ]; then
  echo "no part of the matrix has delivered a run; the jobs that were to play say why" >&2
  exit 3
fi
code=0
sockmatrix merge sockmatrix-runs --plan sockmatrix-plan.json --out sockmatrix-merged \
  ${SOCKMATRIX_BASELINE:+--baseline "$SOCKMATRIX_BASELINE"} ${SOCKMATRIX_FAIL_ON:+--fail-on "$SOCKMATRIX_FAIL_ON"} || code=$?
[ -f sockmatrix-merged/run.json ] || exit "$code"
