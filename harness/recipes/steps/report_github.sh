source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/blob/$GITHUB_SHA
sockmatrix report sockmatrix-merged --format annotations
sockmatrix report sockmatrix-merged --format md --title "$SOCKMATRIX_TITLE" --source-url "$source" --out - >> "$GITHUB_STEP_SUMMARY"
sockmatrix report sockmatrix-merged --format html,junit,json,svg --title "$SOCKMATRIX_TITLE" --source-url "$source" \
  --out sockmatrix-report
