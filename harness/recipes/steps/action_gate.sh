# Of a part of a matrix, what differs (exit code 1) is for the merge to tell.
if [ -n "$SOCKMATRIX_PLAN" ] && [ "$SOCKMATRIX_CODE" = 1 ]; then exit 0; fi
exit "$SOCKMATRIX_CODE"
