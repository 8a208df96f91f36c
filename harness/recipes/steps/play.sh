# What differs (exit code 1) is for the merge to tell, which has all of it; only what keeps this part from being played fails here.
code=0
sockmatrix run --plan sockmatrix-plan.json --job "$SOCKMATRIX_JOB" --shard "$SOCKMATRIX_SHARD" \
  ${SOCKMATRIX_RETRY:+--retry-unexpected "$SOCKMATRIX_RETRY"} --out "sockmatrix-runs/$SOCKMATRIX_PART" || code=$?
[ "$code" -le 1 ] || exit "$code"
