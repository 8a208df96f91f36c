# Lists are one a line, so that names may have blanks; nothing in them is expanded.
set --
while IFS= read -r line; do
  [ -z "$line" ] || set -- "$@" --target "$line"
done <<END
$SOCKMATRIX_TARGETS
END
while IFS= read -r line; do
  [ -z "$line" ] || set -- "$@" -k "$line"
done <<END
$SOCKMATRIX_SELECT
END
[ -z "$SOCKMATRIX_PLAN" ] || set -- "$@" --plan "$SOCKMATRIX_PLAN"
[ -z "$SOCKMATRIX_JOB" ] || set -- "$@" --job "$SOCKMATRIX_JOB"
[ -z "$SOCKMATRIX_SHARD" ] || set -- "$@" --shard "$SOCKMATRIX_SHARD"
[ -z "$SOCKMATRIX_BASELINE" ] || set -- "$@" --baseline "$SOCKMATRIX_BASELINE"
[ -z "$SOCKMATRIX_FAIL_ON" ] || set -- "$@" --fail-on "$SOCKMATRIX_FAIL_ON"
[ -z "$SOCKMATRIX_RETRY" ] || set -- "$@" --retry-unexpected "$SOCKMATRIX_RETRY"
part=${SOCKMATRIX_JOB:-run}${SOCKMATRIX_SHARD:+"+${SOCKMATRIX_SHARD%/*}-of-${SOCKMATRIX_SHARD#*/}"}
part=$(printf '%s' "$part" | tr -c 'A-Za-z0-9._+' '-')
set -- "$@" --out "sockmatrix-runs/$part" --
while IFS= read -r line; do
  [ -z "$line" ] || set -- "$@" "$line"
done <<END
$SOCKMATRIX_SCENARIOS
END
code=0
sockmatrix run "$@" || code=$?
printf '%s\n' "exit-code=$code" "run=sockmatrix-runs/$part" >> "$GITHUB_OUTPUT"
