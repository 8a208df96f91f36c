[ -f "$SOCKMATRIX_RUN/run.json" ] || exit 0
source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/blob/$GITHUB_SHA
sockmatrix report "$SOCKMATRIX_RUN" --format annotations
sockmatrix report "$SOCKMATRIX_RUN" --format md --title "$SOCKMATRIX_TITLE" --source-url "$source" --out - >> "$GITHUB_STEP_SUMMARY"
sockmatrix report "$SOCKMATRIX_RUN" --format html,junit,json,svg --title "$SOCKMATRIX_TITLE" --source-url "$source" \
  --out sockmatrix-report
